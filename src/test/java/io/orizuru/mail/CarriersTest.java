package io.orizuru.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.orizuru.config.Settings;
import io.orizuru.secret.Secret;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Mail on its way to a real SMTP server, and into files. */
@Timeout(60)
class CarriersTest {
    private static final Message MESSAGE =
            new Message("ann@example.com", "Grüße", "A line.\nÄnother one,\n.with a dot before it.\n");

    private GreenMail server;

    @BeforeEach
    void start() {
        server = new GreenMail(new ServerSetup[] {
            new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP),
            new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTPS)
        });
        server.start();
        server.setUser("ann@example.com", "sender", "right");
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    private Settings.Mail settings(Settings.MailSecurity security, @Nullable String password) {
        int port = security == Settings.MailSecurity.TLS
                ? server.getSmtps().getPort()
                : server.getSmtp().getPort();
        return new Settings.Mail(
                "127.0.0.1",
                port,
                "orizuru@example.org",
                password == null ? null : "sender",
                password == null ? null : new Secret(password),
                security,
                null);
    }

    @Test
    void aMailArrivesAsItWasWritten() throws Exception {
        new SmtpCarrier(settings(Settings.MailSecurity.NONE, "right")).carry("17", MESSAGE);

        MimeMessage arrived = server.getReceivedMessages()[0];
        assertThat(arrived.getSubject()).isEqualTo("Grüße");
        // The server keeps no newline at the end.
        assertThat(((String) arrived.getContent()).replace("\r\n", "\n"))
                .isEqualTo(MESSAGE.text().stripTrailing());
        assertThat(arrived.getFrom()).extracting(Object::toString).containsExactly("orizuru@example.org");
        assertThat(arrived.getMessageID()).isEqualTo("<17@example.org>");
    }

    @Test
    void aWrongPasswordIsToldWithoutShowingIt() {
        assertThatThrownBy(
                        () -> new SmtpCarrier(settings(Settings.MailSecurity.NONE, "wr0ng-s3cret")).carry("1", MESSAGE))
                .isInstanceOf(Carrier.UndeliveredException.class)
                .hasMessageContaining("does not accept the user sender")
                .hasMessageNotContaining("wr0ng-s3cret");
    }

    @Test
    void nothingIsSaidToAServerThatDoesNotOfferTls() {
        assertThatThrownBy(() -> new SmtpCarrier(settings(Settings.MailSecurity.STARTTLS, "right")).carry("1", MESSAGE))
                .isInstanceOf(Carrier.UndeliveredException.class)
                .hasMessageContaining("STARTTLS");
        assertThat(server.getReceivedMessages()).isEmpty();
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefused() {
        assertThatThrownBy(() -> new SmtpCarrier(settings(Settings.MailSecurity.TLS, "right")).carry("1", MESSAGE))
                .isInstanceOf(Carrier.UndeliveredException.class);
        assertThat(server.getReceivedMessages()).isEmpty();
    }

    @Test
    void withoutAServerThereIsAFilePerMailForNobodyElse(@TempDir Path directory) throws Exception {
        new FileOutbox(directory.resolve("mail")).carry("17", MESSAGE);

        Path outbox = directory.resolve("mail");
        Path file = outbox.resolve("17.eml");
        assertThat(Files.readString(file))
                .startsWith("To: ann@example.com\nSubject: Grüße\n\n")
                .endsWith(MESSAGE.text());
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(mode(outbox)).isEqualTo("rwx------");
        try (var files = Files.list(outbox)) {
            assertThat(files).hasSize(1);
        }
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
