//! A test authority, and the server's certificate by it.

use std::{fs, path::Path, process::Command};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

use crate::{
    problem::{Doing as _, Problem},
    server::{host::HOST, tools},
};

/// The authority's certificate, as PEM.
pub(crate) const AUTHORITY: &str = "authority.pem";
/// The server's certificate and key, as PEM; the hostile road shows them too.
pub(crate) const CERTIFICATE: &str = "server.pem";
pub(crate) const KEY: &str = "server-key.pem";
/// What the server itself trusts: it talks to itself over HTTPS.
pub(super) const TRUST_STORE: &str = "trust.p12";
pub(super) const TRUST_STORE_PASSWORD: &str = "changeit";

/// Makes keys and certificates in a folder. The authority's own key is not kept.
pub(super) fn make(folder: &Path) -> Result<(), Problem> {
    let authority = authority().doing("could not make the test authority")?;
    let key = KeyPair::generate().doing("could not make the server's key")?;
    let certificate = server(&key, &authority).doing("could not sign the server's certificate")?;
    for (name, text) in
        [(AUTHORITY, authority.pem()), (CERTIFICATE, certificate), (KEY, key.serialize_pem())]
    {
        fs::write(folder.join(name), text).doing(format!("could not write {name}"))?;
    }
    let mut keytool = Command::new("keytool");
    keytool.args(["-importcert", "-noprompt", "-alias", "authority"]);
    keytool.args(["-storetype", "PKCS12", "-storepass", TRUST_STORE_PASSWORD]);
    keytool.arg("-file").arg(folder.join(AUTHORITY));
    keytool.arg("-keystore").arg(folder.join(TRUST_STORE));
    tools::run(&mut keytool).map(drop)
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = params("Journey test authority", &[])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn server(key: &KeyPair, authority: &CertifiedIssuer<'_, KeyPair>) -> Result<String, rcgen::Error> {
    let mut params = params(HOST, &[HOST.to_owned()])?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params.signed_by(key, authority)?.pem())
}

fn params(name: &str, hosts: &[String]) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(4000, 1, 1);
    Ok(params)
}
