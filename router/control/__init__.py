"""What operators use: `/admin/v1`."""
