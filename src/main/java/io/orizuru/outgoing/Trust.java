package io.orizuru.outgoing;

import io.orizuru.secret.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whom a call believes, and as whom it comes, over https. It holds for the origin that was called and is left behind when a
 * redirect leads to another one. Immutable; worth keeping, since each one sets TLS up anew.
 */
public final class Trust {
    private static final Trust STANDARD = new Trust(null, null, true);
    private static final Pattern PEM_KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final char[] NO_PASSWORD = {};

    private final @Nullable KeyStore authorities;
    private final @Nullable KeyStore identity;
    private final boolean verifying;
    private final SSLSocketFactory sockets;

    private Trust(@Nullable KeyStore authorities, @Nullable KeyStore identity, boolean verifying) {
        this.authorities = authorities;
        this.identity = identity;
        this.verifying = verifying;
        this.sockets = sockets(authorities, identity, verifying);
    }

    /** The certificate authorities of the Java runtime, no certificate of one's own. */
    public static Trust standard() {
        return STANDARD;
    }

    /** These authorities and no others. @throws IllegalArgumentException if the PEM text holds no certificate */
    public Trust authorities(String certificatesPem) {
        try {
            KeyStore store = emptyStore();
            int number = 0;
            for (Certificate certificate : certificates(certificatesPem)) {
                store.setCertificateEntry("authority-" + number++, certificate);
            }
            return new Trust(store, identity, verifying);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("the authorities are not certificates in PEM", e);
        }
    }

    /**
     * A certificate of one's own (mutual TLS): its chain, the own one first, and its key as an unencrypted PKCS#8
     * {@code PRIVATE KEY}.
     *
     * @throws IllegalArgumentException if they cannot be read
     */
    public Trust identity(String chainPem, Secret keyPem) {
        try {
            List<Certificate> chain = certificates(chainPem);
            PrivateKey key = privateKey(keyPem, chain.getFirst().getPublicKey().getAlgorithm());
            KeyStore store = emptyStore();
            store.setKeyEntry("identity", key, NO_PASSWORD, chain.toArray(Certificate[]::new));
            return new Trust(authorities, store, verifying);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("the certificate and key are not a pair in PEM", e);
        }
    }

    /** Believes everybody: neither certificate nor name is looked at. For what an operator explicitly asks for. */
    public Trust insecure() {
        return new Trust(null, identity, false);
    }

    boolean verifying() {
        return verifying;
    }

    /**
     * Sockets over TLS that believe so, for what speaks another protocol than HTTP. Whether the certificate is of the host
     * that was meant is for the caller to look at.
     */
    public SSLSocketFactory sockets() {
        return sockets;
    }

    private static SSLSocketFactory sockets(
            @Nullable KeyStore authorities, @Nullable KeyStore identity, boolean verifying) {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(authorities);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(identity, NO_PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    keys.getKeyManagers(),
                    verifying ? trust.getTrustManagers() : new TrustManager[] {new Anybody()},
                    null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("TLS cannot be set up", e);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    private static List<Certificate> certificates(String pem) throws GeneralSecurityException {
        Collection<? extends Certificate> found = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
        if (found.isEmpty()) {
            throw new IllegalArgumentException("there is no certificate in the PEM text");
        }
        return List.copyOf(found);
    }

    private static PrivateKey privateKey(Secret pem, String algorithm) throws GeneralSecurityException {
        Matcher matcher = PEM_KEY.matcher(pem.value());
        if (!matcher.find()) {
            throw new IllegalArgumentException("the key is not a PKCS#8 \"BEGIN PRIVATE KEY\" in PEM");
        }
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(matcher.group(1));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (IllegalArgumentException | InvalidKeySpecException e) {
            throw new IllegalArgumentException(
                    "the key is not one of the kind " + algorithm + " of its certificate", e);
        }
    }

    /** An extended trust manager, because the JDK wraps plain ones and then checks names after all. */
    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
