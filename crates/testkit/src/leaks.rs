//! Finds secrets in everything a flow logs and prints.
