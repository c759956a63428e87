"""Attribute objects of /users/track: their check, standard fields, custom values, arrays and nested data."""
