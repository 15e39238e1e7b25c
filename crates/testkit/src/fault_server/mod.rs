//! A server on a real socket that misbehaves on request.
