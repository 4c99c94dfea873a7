package io.orizuru.testing;

import io.orizuru.secret.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A self-signed certificate with its key, made by the JDK's keytool. */
public final class Certificates {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final KeyStore store;

    /** @param alternativeNames as keytool's {@code san} wants them, such as {@code dns:here.test} */
    public Certificates(Path directory, String name, String alternativeNames)
            throws IOException, InterruptedException, GeneralSecurityException {
        this(
                directory,
                name,
                List.of(
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-validity",
                        "2",
                        "-ext",
                        "san=" + alternativeNames));
    }

    /** @param options of keytool: which key, which names, for how long */
    public Certificates(Path directory, String name, List<String> options)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path file = directory.resolve(name + ".p12");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                // It lives for a moment, in which nothing is worth compiling twice.
                "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC",
                "-genkeypair",
                "-alias",
                "it",
                "-dname",
                "CN=" + name,
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString()));
        command.addAll(options);
        Process keytool = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!keytool.waitFor(30, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            keytool.destroyForcibly();
            throw new IllegalStateException("keytool made no certificate");
        }
        store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
    }

    public String certificatePem() throws GeneralSecurityException {
        return pem("CERTIFICATE", store.getCertificate("it").getEncoded());
    }

    public Secret keyPem() throws GeneralSecurityException {
        Key key = store.getKey("it", PASSWORD);
        return new Secret(pem("PRIVATE KEY", key.getEncoded()));
    }

    /** For a client that trusts this certificate and no other one. */
    public SSLContext trustedAlone() throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trustOf(this).getTrustManagers(), null);
        return context;
    }

    /** For a client that trusts these certificates and no other ones. */
    public static SSLContext trusted(List<Certificates> all) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trustOf(all.toArray(Certificates[]::new)).getTrustManagers(), null);
        return context;
    }

    /** For a server with this certificate, which knows clients' certificates from {@code clients}, or none if null. */
    public SSLContext server(@Nullable Certificates clients) throws GeneralSecurityException, IOException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                keys.getKeyManagers(), clients == null ? null : trustOf(clients).getTrustManagers(), null);
        return context;
    }

    /** Server sockets with this certificate that want a client's certificate from {@code clients}, or none if null. */
    public ServerSocketFactory sockets(@Nullable Certificates clients) throws GeneralSecurityException, IOException {
        ServerSocketFactory plain = server(clients).getServerSocketFactory();
        return new ServerSocketFactory() {
            @Override
            public ServerSocket createServerSocket(int port) throws IOException {
                return createServerSocket(port, 50);
            }

            @Override
            public ServerSocket createServerSocket(int port, int backlog) throws IOException {
                return createServerSocket(port, backlog, InetAddress.getLoopbackAddress());
            }

            @Override
            public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
                SSLServerSocket socket = (SSLServerSocket) plain.createServerSocket(port, backlog, address);
                socket.setNeedClientAuth(clients != null);
                return socket;
            }
        };
    }

    private static TrustManagerFactory trustOf(Certificates... peers) throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        for (int i = 0; i < peers.length; i++) {
            trusted.setCertificateEntry("peer-" + i, peers[i].store.getCertificate("it"));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        return trust;
    }

    private static String pem(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder().encodeToString(bytes)
                + "\n-----END " + kind + "-----\n";
    }
}
