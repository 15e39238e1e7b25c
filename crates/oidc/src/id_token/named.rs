//! The claims of an id_token that are checked.

use crate::jose::members;

members! {
    /// The claims that are looked at.
    Named {
        iss: "iss",
        aud: "aud",
        azp: "azp",
        sub: "sub",
        exp: "exp",
        iat: "iat",
        nbf: "nbf",
        nonce: "nonce",
        at_hash: "at_hash",
        c_hash: "c_hash",
        acr: "acr",
        auth_time: "auth_time",
        /// AM's own.
        am_auth_time: "auth:time",
    }
}
