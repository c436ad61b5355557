//! TLS handshakes one after the other on CONNECTIONS threads; checks that each was of the wanted kind. TLS 1.3, or 1.2
//! where the kind says so; there, sessions are resumed by tickets.
//!
//! usage: handshake_load PORT full|resumed|full12|resumed12 CONNECTIONS SECONDS [HANDSHAKES]

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientSessionMemoryCache, Resumption};
use rustls::crypto::ring::default_provider;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, HandshakeKind, SignatureScheme,
    SupportedProtocolVersion,
};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Any certificate, but a true signature: names and chains are not what is measured.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// What the handshakes are to be.
#[derive(Clone, Copy)]
struct Kind {
    resumed: bool,
    version: &'static SupportedProtocolVersion,
}

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        let (kind, version) = match name.strip_suffix("12") {
            Some(kind) => (kind, &TLS12),
            None => (name, &TLS13),
        };
        matches!(kind, "full" | "resumed").then_some(Self {
            resumed: kind == "resumed",
            version,
        })
    }
}

fn config(kind: Kind) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(default_provider());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[kind.version])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    config.resumption = match kind.resumed {
        true => Resumption::store(Arc::new(ClientSessionMemoryCache::new(32))),
        false => Resumption::disabled(),
    };
    Ok(config)
}

/// One connection: handshake, close_notify, and everything that the server still says, tickets included.
fn handshake(port: u16, config: &Arc<ClientConfig>) -> Result<Option<HandshakeKind>, Failure> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut tls = ClientConnection::new(config.clone(), ServerName::try_from("localhost")?)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut stream)?;
    }
    tls.send_close_notify();
    loop {
        while tls.wants_write() {
            tls.write_tls(&mut stream)?;
        }
        if tls.read_tls(&mut stream)? == 0 || tls.process_new_packets()?.peer_has_closed() {
            return Ok(tls.handshake_kind());
        }
    }
}

fn load(port: u16, kind: Kind, end: Instant, most: usize) -> Result<Vec<Duration>, Failure> {
    let config = Arc::new(config(kind)?);
    let mut durations = Vec::new();
    if kind.resumed {
        handshake(port, &config)?;
    }
    while Instant::now() < end && (most == 0 || durations.len() < most) {
        let start = Instant::now();
        let was = handshake(port, &config)?;
        durations.push(start.elapsed());
        if (was == Some(HandshakeKind::Resumed)) != kind.resumed {
            return Err(format!("a handshake of another kind: {was:?}").into());
        }
    }
    Ok(durations)
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().collect();
    let [_, port, kind, threads, seconds, rest @ ..] = args.as_slice() else {
        return Err("usage: handshake_load PORT KIND CONNECTIONS SECONDS [HANDSHAKES]".into());
    };
    let kind = Kind::parse(kind).ok_or("kinds: full, resumed, full12, resumed12")?;
    let (port, threads) = (port.parse()?, threads.parse::<usize>()?);
    let most = rest.first().map_or(Ok(0), |n| n.parse::<usize>())? / threads.max(1);
    let start = Instant::now();
    let end = start + Duration::from_secs_f64(seconds.parse()?);
    let workers: Vec<_> = (0..threads)
        .map(|_| std::thread::spawn(move || load(port, kind, end, most)))
        .collect();
    let mut durations = Vec::new();
    for worker in workers {
        durations.extend(worker.join().map_err(|_| "a thread ended")??);
    }
    let elapsed = start.elapsed().as_micros();
    durations.sort();
    let count = durations.len();
    let at = |share: f64| {
        let index = (count as f64 * share) as usize;
        durations
            .get(index.min(count.saturating_sub(1)))
            .map_or(0.0, |d| d.as_secs_f64() * 1e6)
    };
    let mean = durations.iter().sum::<Duration>().as_secs_f64() * 1e6 / count.max(1) as f64;
    println!(
        "FIGURES {{\"requests\":{count},\"microseconds\":{elapsed},\"bytes\":0,\"latency_us\":{{\"mean\":{mean:.1},\
         \"p50\":{:.1},\"p90\":{:.1},\"p99\":{:.1},\"max\":{:.1}}},\"errors\":{{\"read\":0}}}}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0),
    );
    Ok(())
}
