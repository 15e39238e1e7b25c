//! The form that a new server wants to have filled in.

use std::path::Path;

use crate::{
    problem::Problem,
    server::{
        admin::{ADMIN_PASSWORD, Admin},
        host::HOST,
        install::DATA,
        state::Ports,
    },
};

/// Sets a new server up: its URL, its administrator, an embedded directory. Half a minute.
pub(super) async fn fill_in(admin: &Admin, folder: &Path, ports: &Ports) -> Result<(), Problem> {
    let url = format!("https://{HOST}:{}", ports.direct);
    let data = folder.join(DATA).display().to_string();
    let [directory, directory_admin, directory_jmx] = ports.directory.map(|it| it.to_string());
    let agent_password = "agentpassword";
    let fields = [
        ("SERVER_URL", url.as_str()),
        ("DEPLOYMENT_URI", "/openam"),
        ("BASE_DIR", &data),
        ("locale", "en_US"),
        ("PLATFORM_LOCALE", "en_US"),
        ("ADMIN_PWD", ADMIN_PASSWORD),
        ("ADMIN_CONFIRM_PWD", ADMIN_PASSWORD),
        ("AMLDAPUSERPASSWD", agent_password),
        ("AMLDAPUSERPASSWD_CONFIRM", agent_password),
        ("COOKIE_DOMAIN", HOST),
        ("DATA_STORE", "embedded"),
        ("DIRECTORY_SSL", "SIMPLE"),
        ("DIRECTORY_SERVER", "localhost"),
        ("DIRECTORY_PORT", &directory),
        ("DIRECTORY_ADMIN_PORT", &directory_admin),
        ("DIRECTORY_JMX_PORT", &directory_jmx),
        ("ROOT_SUFFIX", "dc=openam,dc=example,dc=org"),
        ("DS_DIRMGRDN", "cn=Directory Manager"),
        ("DS_DIRMGRPASSWD", ADMIN_PASSWORD),
        ("acceptLicense", "true"),
    ];
    let page = admin.form("/config/configurator", &fields).await?;
    if page.contains("Configuration complete") {
        return Ok(());
    }
    let end: String = page.chars().rev().take(800).collect::<Vec<_>>().into_iter().rev().collect();
    Err(Problem::new(format!("the server could not be set up: {end}")))
}
