//! The server's name. AM sets its cookies for a domain, so it needs a name with a dot.

use std::{
    fs::OpenOptions,
    io::Write as _,
    net::{IpAddr, Ipv4Addr, ToSocketAddrs as _},
};

use crate::problem::{Doing as _, Problem};

/// The name under which the server is reached.
pub(crate) const HOST: &str = "openam.example.org";

const HOSTS_FILE: &str = "/etc/hosts";

/// Makes sure that the name leads to this machine and to nowhere else.
pub(super) fn ensure() -> Result<(), Problem> {
    if leads_here() {
        return Ok(());
    }
    let advice =
        format!("{HOST} must lead to 127.0.0.1; add the line `127.0.0.1 {HOST}` to {HOSTS_FILE}");
    let mut hosts = OpenOptions::new().append(true).open(HOSTS_FILE).doing(advice.as_str())?;
    writeln!(hosts, "127.0.0.1 {HOST}").doing(advice.as_str())?;
    if leads_here() { Ok(()) } else { Err(Problem::new(advice)) }
}

fn leads_here() -> bool {
    let Ok(addresses) = (HOST, 443).to_socket_addrs() else { return false };
    let addresses: Vec<IpAddr> = addresses.map(|it| it.ip()).collect();
    addresses.first() == Some(&IpAddr::V4(Ipv4Addr::LOCALHOST))
}
