"""The demonstration call: OFFICE's story played through the services in an instance of its own."""
