//! The messages of AM's JSON API, made and read without any I/O.

mod server_info;
