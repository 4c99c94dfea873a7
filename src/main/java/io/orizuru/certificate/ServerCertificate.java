package io.orizuru.certificate;

import io.orizuru.failure.Failure;
import io.orizuru.secret.Secret;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** A certificate of a server, with those that vouch for it, and its private key. */
public final class ServerCertificate {
    private static final int LONGEST_CHAIN = 10;
    private static final int MOST_CHARACTERS = 64 * 1024;
    private static final int DNS_NAME = 2;
    /** What a certificate's key is for, when it says so: servers, or anything. */
    private static final List<String> FOR_SERVERS = List.of("1.3.6.1.5.5.7.3.1", "2.5.29.37.0");

    private final List<X509Certificate> chain;
    private final PrivateKey key;
    private final List<String> names;

    private ServerCertificate(List<X509Certificate> chain, PrivateKey key, List<String> names) {
        this.chain = chain;
        this.key = key;
        this.names = names;
    }

    /**
     * Reads them.
     *
     * @param certificates PEM: the server's own first, then each one that vouches for the one before it; ten at most
     * @param key PEM: unencrypted PKCS#8, PKCS#1 or SEC 1; RSA with 2048 to 8192 bits, EC or Ed25519
     * @throws Failure that names what is wrong with them
     */
    public static ServerCertificate read(String certificates, Secret key) {
        if (certificates.length() > MOST_CHARACTERS || key.value().length() > MOST_CHARACTERS) {
            throw Failure.invalid("the certificate has " + certificates.length() + " characters, its key "
                    + key.value().length() + "; either may have " + MOST_CHARACTERS);
        }
        List<X509Certificate> chain = chain(certificates);
        X509Certificate own = chain.getFirst();
        requireOrder(chain);
        List<String> names = names(own);
        requireForServers(own);
        return new ServerCertificate(chain, PrivateKeys.of(key, own.getPublicKey()), names);
    }

    private static List<X509Certificate> chain(String certificates) {
        List<Pem.Block> blocks = Pem.blocks(certificates).stream()
                .filter(block -> block.label().equals("CERTIFICATE"))
                .toList();
        if (blocks.isEmpty()) {
            throw Failure.invalid("tls: failed to find any PEM data in certificate input");
        }
        if (blocks.size() > LONGEST_CHAIN) {
            throw Failure.invalid(
                    "there are " + blocks.size() + " certificates; a chain has " + LONGEST_CHAIN + " at most");
        }
        List<X509Certificate> chain = new ArrayList<>();
        for (Pem.Block block : blocks) {
            byte[] bytes = block.bytes();
            try {
                if (bytes == null) {
                    throw new CertificateException("it is not Base64");
                }
                chain.add((X509Certificate)
                        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(bytes)));
            } catch (CertificateException e) {
                throw Failure.invalid(
                        "certificate " + (chain.size() + 1) + " of the chain cannot be read: " + e.getMessage());
            }
        }
        return List.copyOf(chain);
    }

    private static void requireOrder(List<X509Certificate> chain) {
        for (int i = 1; i < chain.size(); i++) {
            X509Certificate before = chain.get(i - 1);
            if (!before.getIssuerX500Principal().equals(chain.get(i).getSubjectX500Principal())) {
                throw Failure.invalid("certificate " + (i + 1) + " of the chain is of \""
                        + chain.get(i).getSubjectX500Principal() + "\", but the one before it was issued by \""
                        + before.getIssuerX500Principal()
                        + "\": the server's own comes first, then each one that vouches for the one before it");
            }
        }
    }

    private static List<String> names(X509Certificate certificate) {
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            List<String> names = new ArrayList<>();
            for (List<?> name : alternatives == null ? List.<List<?>>of() : alternatives) {
                if (name.get(0).equals(DNS_NAME)) {
                    names.add((String) name.get(1));
                }
            }
            return List.copyOf(names);
        } catch (CertificateParsingException e) {
            throw Failure.invalid("the names in the certificate cannot be read: " + e.getMessage());
        }
    }

    private static void requireForServers(X509Certificate certificate) {
        try {
            List<String> uses = certificate.getExtendedKeyUsage();
            if (uses != null && uses.stream().noneMatch(FOR_SERVERS::contains)) {
                throw Failure.invalid(
                        "the certificate is for other uses than a server (extended key usage " + uses + ")");
            }
        } catch (CertificateParsingException e) {
            throw Failure.invalid("the uses in the certificate cannot be read: " + e.getMessage());
        }
    }

    /**
     * Refuses a certificate that does not cover a name. A {@code *.} of the certificate stands for exactly one label; that of
     * a name must be in the certificate as it is.
     *
     * @param host in lower case
     */
    public void requireName(String host) {
        if (names.isEmpty()) {
            throw Failure.invalid("the certificate has no name of a host, so not " + host
                    + ": subject alternative names count, its common name does not");
        }
        if (names.stream().noneMatch(name -> covers(name.toLowerCase(Locale.ROOT), host))) {
            throw Failure.invalid("x509: certificate is valid for " + String.join(", ", names) + ", not " + host);
        }
    }

    private static boolean covers(String name, String host) {
        if (name.equals(host)) {
            return true;
        }
        int dot = host.indexOf('.');
        return name.startsWith("*.")
                && !host.startsWith("*")
                && dot > 0
                && host.substring(dot).equals(name.substring(1));
    }

    /** Refuses a certificate that is over, or whose time has not come. */
    public void requireValidAt(Instant now) {
        if (now.isBefore(notBefore()) || now.isAfter(notAfter())) {
            throw Failure.invalid(
                    "the certificate is valid from " + notBefore() + " to " + notAfter() + ", not now, at " + now);
        }
    }

    /** The server's own first. */
    public List<X509Certificate> chain() {
        return chain;
    }

    public PrivateKey key() {
        return key;
    }

    /** The key as PKCS#8 in PEM, in whatever form it was given. */
    public Secret keyPem() {
        return new Secret(Pem.write(PrivateKeys.PKCS8, key.getEncoded()));
    }

    public Instant notBefore() {
        return chain.getFirst().getNotBefore().toInstant();
    }

    /** When it is over. */
    public Instant notAfter() {
        return chain.getFirst().getNotAfter().toInstant();
    }

    /** SHA-256 of the server's own certificate, hexadecimal: which one it is, and nothing of the key. */
    public String fingerprint() {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(chain.getFirst().getEncoded()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a certificate that was read cannot be written", e);
        }
    }

    /** Tells which it is, not what it holds. */
    @Override
    public String toString() {
        return "certificate " + fingerprint();
    }
}
