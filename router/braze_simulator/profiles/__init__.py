"""User profiles: what one holds, where to find it, whom an object means, and how two become one."""
