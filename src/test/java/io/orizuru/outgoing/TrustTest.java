package io.orizuru.outgoing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.orizuru.config.Network;
import io.orizuru.outgoing.OutgoingFailure.Rule;
import io.orizuru.secret.Secret;
import io.orizuru.testing.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("NullAway.Init") // Set before all tests.
final class TrustTest {
    private static Certificates here;
    private static Certificates client;

    private final Door door = new Door(
            Door.Limits.standard(),
            List.of(Network.parse("127.0.0.1")),
            name -> List.of(InetAddress.ofLiteral("127.0.0.1")));

    @BeforeAll
    static void makeCertificates(@TempDir Path directory) throws Exception {
        here = new Certificates(directory, "server", "dns:here.test");
        client = new Certificates(directory, "client", "dns:client.test");
    }

    @Test
    void aCertificateOfAnUnknownAuthorityIsRefused() throws Exception {
        try (Peer peer = secure("200 OK")) {
            OutgoingFailure failure = refusal(Call.get(at(peer, "here.test")));

            assertThat(failure.rule()).isEqualTo(Rule.TLS);
            assertThat(peer.received()).isEmpty();
        }
    }

    @Test
    void anAuthorityOfOnesOwnIsBelieved() throws Exception {
        try (Peer peer = secure("200 OK")) {
            Call call = Call.get(at(peer, "here.test")).trust(Trust.standard().authorities(here.certificatePem()));

            assertThat(door.call(call).text()).isEqualTo("secure");
            assertThat(peer.received().getFirst().headers()).containsEntry("host", "here.test:" + peer.port());
        }
    }

    @Test
    void theNameHasToBeTheCertificatesThoughTheAddressIsPinned() throws Exception {
        try (Peer peer = secure("200 OK")) {
            Trust trust = Trust.standard().authorities(here.certificatePem());

            for (String host : List.of("there.test", "127.0.0.1")) {
                assertThat(refusal(Call.get(at(peer, host)).trust(trust)).rule())
                        .isEqualTo(Rule.TLS);
            }
            assertThat(peer.received()).isEmpty();
        }
    }

    @Test
    void insecureLooksAtNeitherAuthorityNorName() throws Exception {
        try (Peer peer = secure("200 OK")) {
            assertThat(door.call(Call.get(at(peer, "there.test"))
                                    .trust(Trust.standard().insecure()))
                            .text())
                    .isEqualTo("secure");
        }
    }

    @Test
    void comesWithACertificateOfItsOwn() throws Exception {
        try (Peer peer = new Peer(Peer.answering("200 OK", "known"), here.sockets(client))) {
            Trust authority = Trust.standard().authorities(here.certificatePem());
            Trust both = authority.identity(client.certificatePem(), client.keyPem());

            assertThat(door.call(Call.get(at(peer, "here.test")).trust(both)).text())
                    .isEqualTo("known");
            refusal(Call.get(at(peer, "here.test")).trust(authority));
            assertThat(peer.received()).hasSize(1);
        }
    }

    @Test
    void trustStaysWithItsOrigin() throws Exception {
        try (Peer other = secure("200 OK");
                Peer peer = new Peer(
                        Peer.answering("302 Found", "", "Location: " + at(other, "here.test")), here.sockets(null))) {
            Call call = Call.get(at(peer, "here.test")).trust(Trust.standard().insecure());

            assertThat(refusal(call).rule()).isEqualTo(Rule.TLS);
        }
    }

    @Test
    void aRedirectFromHttpsToHttpIsRefused() throws Exception {
        try (Peer plain = new Peer(Peer.answering("200 OK", ""));
                Peer peer = new Peer(
                        Peer.answering("302 Found", "", "Location: " + plain.at("here.test")), here.sockets(null))) {
            Call call = Call.get(at(peer, "here.test")).trust(Trust.standard().authorities(here.certificatePem()));

            OutgoingFailure failure = refusal(call);
            assertThat(failure.rule()).isEqualTo(Rule.REDIRECT);
            assertThat(failure).hasMessageContaining("from https to http");
            assertThat(plain.connections()).isZero();
        }
    }

    @Test
    void aHandshakeThatNeverComesIsGivenUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = silent.accept()) {
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // The test is over.
                }
            });
            Call call = Call.get("https://here.test:" + silent.getLocalPort()).timeout(Duration.ofMillis(500));

            assertThat(refusal(call).rule()).isEqualTo(Rule.TIME);
        }
    }

    @Test
    void whatIsNoCertificateOrKeyIsRefusedWithoutBeingShown() throws Exception {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Trust.standard().authorities("no certificate"))
                .withMessageContaining("PEM");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Trust.standard().identity(client.certificatePem(), new Secret("hunter2")))
                .withMessageContaining("PKCS#8")
                .withMessageNotContaining("hunter2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Trust.standard()
                        .identity(
                                client.certificatePem(),
                                new Secret("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")))
                .withMessageContaining("EC");
    }

    private static Peer secure(String status) throws Exception {
        return new Peer(Peer.answering(status, "secure"), here.sockets(null));
    }

    private static String at(Peer peer, String host) {
        return "https://" + host + ":" + peer.port() + "/";
    }

    private OutgoingFailure refusal(Call call) {
        return catchThrowableOfType(OutgoingFailure.class, () -> door.call(call));
    }
}
