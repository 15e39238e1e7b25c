//! Certificates of clients, over TLS and each version of HTTP. By our own HTTP client:
//! handshakes are more than a raw request.

use http::{Request, Version};
use journey_testkit::fault_server::{Authority, FaultServer, Identity, Tls, Validity};
use journey_testkit::sim::{Am, OAuthClient};
use journey_transport::HttpClient;

use crate::support::OAUTH;

struct World {
    authority: Authority,
    mine: Identity,
    am: Am,
}

impl World {
    fn new() -> Self {
        let mine = Identity::self_signed("app.example.com").unwrap();
        let client = OAuthClient::self_signed_tls_client_auth("app", &mine);
        let am = Am::builder().client("alpha", client).build();
        Self { authority: Authority::new().unwrap(), mine, am }
    }

    fn tls(&self, version: Version) -> Tls {
        let identity = self.authority.server(&["127.0.0.1"], Validity::Now).unwrap();
        let tls = Tls::for_any_client(&identity).unwrap();
        if version == Version::HTTP_2 { tls.with_http2() } else { tls }
    }

    /// Asks for a token with the registered certificate, another one and none.
    async fn knows_its_client(&self, origin: &str, version: Version) {
        let other = Identity::self_signed("app.example.com").unwrap();
        let shown = [(Some(&self.mine), 200), (Some(&other), 400), (None, 400)];
        for (identity, expected) in shown {
            let mut http = HttpClient::builder().only_ca(self.authority.pem());
            if let Some(identity) = identity {
                http = http.client_certificate(identity.pem(), identity.key_pem());
            }
            let request = Request::post(format!("{origin}{OAUTH}/access_token"))
                .header("content-type", "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials&client_id=app");
            let response = http.build().unwrap().send(request.unwrap()).await.unwrap();
            assert_eq!((response.version(), response.status().as_u16()), (version, expected));
        }
    }
}

#[tokio::test]
async fn a_fault_server_lets_its_am_know_who_shows_a_certificate_in_each_version_of_http() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let world = World::new();
        let server = FaultServer::tls_over(world.tls(version), world.am.service()).await.unwrap();
        world.knows_its_client(&server.url_of("127.0.0.1", ""), version).await;
    }
}
