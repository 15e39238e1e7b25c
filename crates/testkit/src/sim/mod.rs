//! An AM server, simulated: journeys, sessions and OAuth 2.0.
