"""What recorded traffic would meet if one connection file were replaced by another: counted, never sent."""
