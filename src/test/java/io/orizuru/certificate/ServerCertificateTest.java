package io.orizuru.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import io.orizuru.secret.Secret;
import io.orizuru.testing.Certificates;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerCertificateTest {
    private static final int OCTETS = 4;

    @TempDir
    static Path files;

    @ParameterizedTest
    @ValueSource(strings = {"-keyalg RSA -keysize 2048", "-keyalg EC -groupname secp384r1", "-keyalg Ed25519"})
    void theKindsThatClientsTakeAreRead(String kind) throws Exception {
        Certificates made = made("kinds", kind);
        ServerCertificate certificate = read(made);
        certificate.requireName("here.test");
        certificate.requireValidAt(certificate.notBefore());
        // What routers are told is the same again.
        assertThat(ServerCertificate.read(made.certificatePem(), certificate.keyPem())
                        .fingerprint())
                .isEqualTo(certificate.fingerprint());
    }

    @ParameterizedTest
    @CsvSource({"-keyalg RSA -keysize 2048, RSA PRIVATE KEY", "-keyalg EC -groupname secp256r1, EC PRIVATE KEY"})
    void theOlderFormsOfKeysAreRead(String kind, String label) throws Exception {
        Certificates made = made("older", kind);
        byte[] pkcs8 = Objects.requireNonNull(
                Pem.blocks(made.keyPem().value()).getFirst().bytes());
        Secret older = new Secret(Pem.write(label, inner(pkcs8)));
        assertThat(ServerCertificate.read(made.certificatePem(), older).keyPem().value())
                .startsWith("-----BEGIN PRIVATE KEY-----");
    }

    /** What is in the octets of a key in PKCS#8: the key as it was written before. */
    private static byte[] inner(byte[] pkcs8) {
        int at = pkcs8[1] < 0 ? 2 + (pkcs8[1] & 0x7f) : 2;
        at += 3;
        at += 2 + pkcs8[at + 1];
        assertThat(pkcs8[at]).isEqualTo((byte) OCTETS);
        int start = at + 2 + (pkcs8[at + 1] < 0 ? pkcs8[at + 1] & 0x7f : 0);
        return Arrays.copyOfRange(pkcs8, start, pkcs8.length);
    }

    /** Nobody certified how long they are, and one signature with such ones takes minutes. */
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aKeyWithEnormousPrimesIsRefusedBeforeAnythingIsComputedWithIt() throws Exception {
        Certificates made = made("enormous", "-keyalg RSA -keysize 2048");
        byte[] pkcs8 = Objects.requireNonNull(
                Pem.blocks(made.keyPem().value()).getFirst().bytes());
        KeyFactory keys = KeyFactory.getInstance("RSA");
        RSAPrivateCrtKey key = (RSAPrivateCrtKey) keys.generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        BigInteger enormous = BigInteger.TWO.pow(70_000).subtract(BigInteger.ONE);
        byte[] evil = keys.generatePrivate(new RSAPrivateCrtKeySpec(
                        key.getModulus(),
                        key.getPublicExponent(),
                        key.getPrivateExponent(),
                        enormous,
                        enormous.subtract(BigInteger.TWO),
                        enormous,
                        enormous,
                        enormous))
                .getEncoded();
        assertThatThrownBy(
                        () -> ServerCertificate.read(made.certificatePem(), new Secret(Pem.write("PRIVATE KEY", evil))))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("the key is not the certificate's");
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() throws Exception {
        Certificates made = made("own", "-keyalg RSA -keysize 2048");
        for (String kind : List.of("-keyalg RSA -keysize 2048", "-keyalg EC -groupname secp256r1")) {
            Certificates other = made("other", kind);
            assertThatThrownBy(() -> ServerCertificate.read(made.certificatePem(), other.keyPem()))
                    .isInstanceOf(Failure.class)
                    .hasMessageStartingWith("the key ");
        }
    }

    @Test
    void whatClientsWouldRefuseIsRefused() throws Exception {
        assertThatThrownBy(() -> read(made("weak", "-keyalg RSA -keysize 1024")))
                .hasMessageContaining("1024 bits");
        assertThatThrownBy(() -> read(made("clients", "-keyalg EC -groupname secp256r1 -ext eku=clientAuth")))
                .hasMessageContaining("for other uses than a server");
        ServerCertificate certificate = read(made("brief", "-keyalg EC -groupname secp256r1"));
        assertThatThrownBy(
                        () -> certificate.requireValidAt(certificate.notAfter().plus(Duration.ofSeconds(1))))
                .hasMessageContaining("to " + certificate.notAfter());
        assertThatThrownBy(
                        () -> certificate.requireValidAt(certificate.notBefore().minus(Duration.ofSeconds(1))))
                .hasMessageContaining("valid from " + certificate.notBefore());
    }

    @Test
    void whatIsNoCertificateOrNoKeyIsSaidSoWithoutShowingIt() throws Exception {
        Certificates made = made("plain", "-keyalg EC -groupname secp256r1");
        assertThatThrownBy(() -> ServerCertificate.read("bad", new Secret("bad")))
                .hasMessage("tls: failed to find any PEM data in certificate input");
        for (String key : List.of(
                "precious-7d1c",
                Pem.write("PRIVATE KEY", "precious-7d1c".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                "-----BEGIN PRIVATE KEY-----\nprecious-7d1c\n-----END PRIVATE KEY-----\n",
                Pem.write("ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3}),
                made.keyPem().value() + made.keyPem().value())) {
            assertThatThrownBy(() -> ServerCertificate.read(made.certificatePem(), new Secret(key)))
                    .isInstanceOf(Failure.class)
                    .hasMessageStartingWith("the key ")
                    .hasMessageNotContaining("precious");
        }
        String other = made("stranger", "-keyalg EC -groupname secp256r1").certificatePem();
        assertThatThrownBy(() -> ServerCertificate.read(made.certificatePem() + other, made.keyPem()))
                .hasMessageContaining("certificate 2 of the chain");
        assertThatThrownBy(() -> ServerCertificate.read(made.certificatePem() + "x".repeat(65536), made.keyPem()))
                .hasMessageContaining("65536");
    }

    @ParameterizedTest
    @CsvSource({
        "here.test, here.test, true",
        "here.test, other.test, false",
        "*.here.test, a.here.test, true",
        "*.here.test, a.b.here.test, false",
        "*.here.test, here.test, false",
        "*.here.test, *.here.test, true",
        "*.test, *.here.test, false",
    })
    void aStarOfACertificateStandsForOneLabel(String certified, String host, boolean covered) throws Exception {
        ServerCertificate certificate = read(new Certificates(files, "names-" + System.nanoTime(), "dns:" + certified));
        if (covered) {
            certificate.requireName(host);
        } else {
            assertThatThrownBy(() -> certificate.requireName(host))
                    .hasMessage("x509: certificate is valid for " + certified + ", not " + host);
        }
    }

    private static ServerCertificate read(Certificates made) throws Exception {
        return ServerCertificate.read(made.certificatePem(), made.keyPem());
    }

    private Certificates made(String name, String kind) throws Exception {
        List<String> options = new ArrayList<>(List.of(kind.split(" ")));
        options.addAll(List.of("-validity", "2", "-ext", "san=dns:here.test"));
        return new Certificates(files, name + "-" + System.nanoTime(), options);
    }
}
