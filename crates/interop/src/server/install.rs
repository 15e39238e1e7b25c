//! Lays a server out in a folder: Tomcat, its connectors, the application.

use std::{fs, path::Path, process::Command};

use crate::{
    problem::{Doing as _, Problem},
    server::{
        certificates::{self, CERTIFICATE, KEY},
        fetch::{Downloads, TOMCAT_VERSION},
        host::HOST,
        state::Ports,
        tools,
    },
};

/// The application's own data: configuration, embedded directory.
pub(super) const DATA: &str = "data";
pub(super) const TOMCAT: &str = "tomcat";

/// Makes a new server in a folder, ready to be started.
pub(super) fn install(folder: &Path, downloads: &Downloads, ports: &Ports) -> Result<(), Problem> {
    fs::create_dir_all(folder.join(DATA)).doing("could not make the server's folder")?;
    certificates::make(folder)?;
    let mut jar = Command::new("jar");
    tools::run(jar.current_dir(folder).arg("xf").arg(&downloads.tomcat))?;
    let tomcat = folder.join(TOMCAT);
    fs::rename(folder.join(format!("apache-tomcat-{TOMCAT_VERSION}")), &tomcat)
        .doing("could not name Tomcat's folder")?;
    // Tomcat's own applications are of no use here.
    let applications = tomcat.join("webapps");
    fs::remove_dir_all(&applications).doing("could not remove Tomcat's examples")?;
    fs::create_dir(&applications).doing("could not make the folder of applications")?;
    // The file's name is the path at which the application is found; it knows only this one.
    let application = applications.join("openam.war");
    fs::hard_link(&downloads.openam, &application)
        .or_else(|_| fs::copy(&downloads.openam, &application).map(drop))
        .doing("could not put the application in its place")?;
    fs::write(tomcat.join("conf/server.xml"), server_xml(folder, ports))
        .doing("could not write server.xml")
}

/// Two ways in, both HTTPS and on loopback alone. Who comes in by the second has gone through the hostile
/// road, so there the server gives the road's port in its URLs.
fn server_xml(folder: &Path, ports: &Ports) -> String {
    let direct = connector(folder, ports.direct, ports.direct);
    let behind_the_road = connector(folder, ports.behind_road, ports.road);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Server port="-1">
  <Service name="Catalina">
{direct}
{behind_the_road}
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="webapps" unpackWARs="true" autoDeploy="false"/>
    </Engine>
  </Service>
</Server>
"#
    )
}

fn connector(folder: &Path, port: u16, public_port: u16) -> String {
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
    format!(
        r#"    <Connector address="127.0.0.1" port="{port}" protocol="HTTP/1.1" SSLEnabled="true"
        scheme="https" secure="true" proxyName="{HOST}" proxyPort="{public_port}">
      <SSLHostConfig>
        <Certificate certificateFile="{}" certificateKeyFile="{}" type="EC"/>
      </SSLHostConfig>
    </Connector>"#,
        certificate.display(),
        key.display(),
    )
}
