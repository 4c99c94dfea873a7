package io.orizuru.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.config.Settings;
import io.orizuru.secret.Secret;
import io.orizuru.testing.Certificates;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.subethamail.smtp.auth.EasyAuthenticationHandlerFactory;
import org.subethamail.smtp.auth.LoginFailedException;
import org.subethamail.smtp.server.SMTPServer;

/** Mail to real SMTP servers that are to be spoken to over TLS only, whoever they are. */
@Timeout(60)
class MailOverTlsTest {
    private static final Message MESSAGE = new Message("ann@example.com", "Subject", "A line of mail.\n");
    private static final String PASSWORD = "s3cret-of-mail";

    @TempDir
    private static Path directory;

    private static Certificates known;
    private static Certificates unknown;
    private static Certificates ofAnotherHost;

    private final Queue<String> mails = new ConcurrentLinkedQueue<>();
    private final Queue<String> passwords = new ConcurrentLinkedQueue<>();
    private @Nullable SMTPServer server;

    @BeforeAll
    static void makeCertificates() throws Exception {
        known = new Certificates(directory, "known", "ip:127.0.0.1");
        unknown = new Certificates(directory, "unknown", "ip:127.0.0.1");
        ofAnotherHost = new Certificates(directory, "other", "dns:other.test");
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop();
        }
    }

    /** Either way to TLS. */
    private enum Way {
        STARTTLS,
        TLS;

        SMTPServer.Builder open(SMTPServer.Builder server, SSLContext certificate) {
            return switch (this) {
                case STARTTLS -> server.enableTLS().requireTLS().startTlsSocketFactory(certificate);
                case TLS -> server.serverSocketFactory(certificate);
            };
        }
    }

    private SMTPServer.Builder mailServer() {
        return SMTPServer.port(0)
                .bindAddress(InetAddress.getLoopbackAddress())
                .requireAuth()
                .authenticationHandlerFactory(new EasyAuthenticationHandlerFactory((user, password, context) -> {
                    passwords.add(password);
                    if (!password.equals(PASSWORD)) {
                        throw new LoginFailedException();
                    }
                }))
                .messageHandler((context, from, to, mail) -> mails.add(new String(mail, StandardCharsets.UTF_8)));
    }

    /** Sends a mail to a server, believing a certificate. */
    private void send(SMTPServer.Builder to, Way way, Certificates believed) throws Exception {
        server = to.build();
        server.start();
        Path authorities = Files.writeString(directory.resolve("authorities.pem"), believed.certificatePem());
        new SmtpCarrier(new Settings.Mail(
                        "127.0.0.1",
                        server.getPortAllocated(),
                        "orizuru@example.org",
                        "sender",
                        new Secret(PASSWORD),
                        Settings.MailSecurity.valueOf(way.name()),
                        authorities))
                .carry("17", MESSAGE);
    }

    private void nothingWasSaid() {
        assertThat(passwords).isEmpty();
        assertThat(mails).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aMailArrivesAtAServerThatTheAuthoritiesVouchFor(Way way) throws Exception {
        send(way.open(mailServer(), known.server(null)), way, known);

        assertThat(passwords).containsExactly(PASSWORD);
        assertThat(mails).singleElement().asString().contains("Subject: Subject", "A line of mail.");
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsSaidToAServerWhoseCertificateNobodyVouchesFor(Way way) {
        assertThatThrownBy(() -> send(way.open(mailServer(), unknown.server(null)), way, known))
                .isInstanceOf(Carrier.UndeliveredException.class);
        nothingWasSaid();
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsSaidToAServerWithTheCertificateOfAnotherHost(Way way) {
        assertThatThrownBy(() -> send(way.open(mailServer(), ofAnotherHost.server(null)), way, ofAnotherHost))
                .isInstanceOf(Carrier.UndeliveredException.class);
        nothingWasSaid();
    }

    @Test
    void nothingIsSaidWhereTheOfferOfStarttlsWasTakenAway() {
        assertThatThrownBy(() -> send(mailServer(), Way.STARTTLS, known))
                .isInstanceOf(Carrier.UndeliveredException.class)
                .hasMessageContaining("STARTTLS");
        nothingWasSaid();
    }
}
