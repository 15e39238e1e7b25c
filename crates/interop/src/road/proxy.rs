//! The road: it ends the client's TLS with the server's own key, and does as the dice say.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, Version, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use journey_sdk::BoxError;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::{
    problem::{Doing as _, Problem},
    road::dice::{Dice, Fate},
    server::{AUTHORITY, CERTIFICATE, HOST, KEY, OpenAm},
    suite::Secrets,
};

/// How long a delayed request waits.
const DELAY: Duration = Duration::from_millis(150);

/// One exchange on the road.
#[derive(Clone)]
pub(crate) struct Crossing {
    request: String,
    fate: Fate,
    status: Option<u16>,
}

impl fmt::Debug for Crossing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {:?}", self.request, self.fate, self.status)
    }
}

#[derive(Debug, Default)]
struct State {
    dice: Option<Dice>,
    crossings: Vec<Crossing>,
    delivered: Secrets,
}

/// A proxy in front of the server. Dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Road {
    state: Arc<Mutex<State>>,
    url: String,
    _accepting: JoinSet<()>,
}

impl Road {
    /// Opens the road that this server was told of.
    pub(crate) async fn open(server: &OpenAm) -> Result<Self, Problem> {
        let ports = server.ports();
        let (acceptor, connector) = tls(server).doing("could not read the server's keys")?;
        let listener = TcpListener::bind(("127.0.0.1", ports.road))
            .await
            .doing("could not listen where the server says that the road is")?;
        let state = Arc::default();
        let target = SocketAddr::from(([127, 0, 0, 1], ports.behind_road));
        let way = Way { state: Arc::clone(&state), connector, target };
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, acceptor, way));
        let url = format!("https://{HOST}:{}/openam", ports.road);
        Ok(Self { state, url, _accepting: accepting })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on it is hostile, by this seed, and everything before is forgotten.
    pub(crate) fn be_hostile(&self, seed: u64) {
        *lock(&self.state) = State { dice: Some(Dice::new(seed)), ..State::default() };
    }

    /// From now on everything passes.
    pub(crate) fn calm(&self) {
        lock(&self.state).dice = None;
    }

    /// Returns the credentials that have reached the client.
    pub(crate) fn delivered(&self) -> Secrets {
        lock(&self.state).delivered.clone()
    }

    pub(crate) fn crossings(&self) -> Vec<Crossing> {
        lock(&self.state).crossings.clone()
    }
}

#[derive(Clone)]
struct Way {
    state: Arc<Mutex<State>>,
    connector: TlsConnector,
    target: SocketAddr,
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, way: Way) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let (acceptor, way) = (acceptor.clone(), way.clone());
                connections.spawn(async move {
                    // A connection that fails is a part of the road.
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = service_fn(|request| way.cross(request));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

impl Way {
    /// An error ends the connection without an answer.
    async fn cross(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, BoxError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let fate = lock(&self.state).dice.as_mut().map_or(Fate::Passes, Dice::fate);
        let request = Request::from_parts(head, body);
        let name = format!("{} {}", request.method(), request.uri().path());
        let answer = self.deliver(request, fate).await;
        let mut state = lock(&self.state);
        let status = answer.as_ref().ok().map(|it| it.status().as_u16());
        state.crossings.push(Crossing { request: name, fate, status });
        let answer = answer?;
        state.delivered.take(answer.body());
        Ok(answer.map(Full::new))
    }

    async fn deliver(
        &self,
        request: Request<Bytes>,
        fate: Fate,
    ) -> Result<Response<Bytes>, BoxError> {
        match fate {
            Fate::Passes => self.forward(request).await,
            Fate::Delayed => {
                sleep(DELAY).await;
                self.forward(request).await
            }
            Fate::CutBefore => Err("cut before the server".into()),
            Fate::CutAfter => {
                self.forward(request).await?;
                Err("cut after the server".into())
            }
            Fate::RepeatedSecondAnswer => {
                self.forward(request.clone()).await?;
                self.forward(request).await
            }
            Fate::RepeatedFirstAnswer => {
                let first = self.forward(request.clone()).await?;
                self.forward(request).await?;
                Ok(first)
            }
            Fate::Unavailable => Ok(Response::builder()
                .status(503)
                .body(Bytes::from_static(b"<html>busy</html>"))?),
        }
    }

    /// On a connection of its own, so that nothing is left of a request that was cut.
    async fn forward(&self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let stream = TcpStream::connect(self.target).await?;
        let stream = self.connector.connect(ServerName::try_from(HOST)?, stream).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let (mut head, body) = request.into_parts();
        head.version = Version::HTTP_11;
        head.headers.remove(header::CONNECTION);
        let answer = async {
            let answer = sender.send_request(Request::from_parts(head, Full::new(body))).await?;
            let (mut head, body) = answer.into_parts();
            let body = body.collect().await?.to_bytes();
            // The body is whole now, and hyper says how long it is.
            head.headers.remove(header::TRANSFER_ENCODING);
            head.headers.remove(header::CONNECTION);
            head.headers.remove("keep-alive");
            Ok::<_, BoxError>(Response::from_parts(head, body))
        };
        let mut connection = std::pin::pin!(connection);
        let mut answer = std::pin::pin!(answer);
        tokio::select! {
            answer = &mut answer => answer,
            // The connection may end with the answer's last byte.
            ended = &mut connection => {
                ended?;
                answer.await
            }
        }
    }
}

fn tls(server: &OpenAm) -> Result<(TlsAcceptor, TlsConnector), BoxError> {
    let provider = Arc::new(default_provider());
    let chain = CertificateDer::pem_file_iter(server.file(CERTIFICATE))?;
    let chain = chain.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(server.file(KEY))?;
    let ours = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(server.file(AUTHORITY))?)?;
    let theirs = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((Arc::new(ours).into(), Arc::new(theirs).into()))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
