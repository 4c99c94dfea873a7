package io.orizuru.mail;

import io.orizuru.config.Settings;
import io.orizuru.outgoing.Trust;
import io.orizuru.secret.Secret;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Properties;

/** Hands mail to an SMTP server. A connection per mail: they are few. */
final class SmtpCarrier implements Carrier {
    private static final String LONGEST_WAIT_MILLIS = "15000";

    private final Settings.Mail settings;
    private final Session session;

    /** @throws UncheckedIOException if the file of authorities cannot be read */
    SmtpCarrier(Settings.Mail settings) {
        this.settings = settings;
        this.session = Session.getInstance(properties(settings));
    }

    private static Properties properties(Settings.Mail settings) {
        String protocol = protocol(settings);
        Properties properties = new Properties();
        properties.setProperty("mail.transport.protocol", protocol);
        String prefix = "mail." + protocol + ".";
        properties.setProperty(prefix + "connectiontimeout", LONGEST_WAIT_MILLIS);
        properties.setProperty(prefix + "timeout", LONGEST_WAIT_MILLIS);
        properties.setProperty(prefix + "writetimeout", LONGEST_WAIT_MILLIS);
        properties.setProperty(prefix + "auth", Boolean.toString(settings.user() != null));
        properties.setProperty(prefix + "ssl.checkserveridentity", "true");
        properties.put(prefix + "ssl.socketFactory", trust(settings).sockets());
        boolean starttls = settings.security() == Settings.MailSecurity.STARTTLS;
        properties.setProperty(prefix + "starttls.enable", Boolean.toString(starttls));
        // Without it somebody in between could take the offer away and read on.
        properties.setProperty(prefix + "starttls.required", Boolean.toString(starttls));
        return properties;
    }

    private static Trust trust(Settings.Mail settings) {
        Path authorities = settings.authorities();
        if (authorities == null) {
            return Trust.standard();
        }
        try {
            return Trust.standard().authorities(Files.readString(authorities));
        } catch (IOException e) {
            throw new UncheckedIOException("the authorities of mail.authorities cannot be read", e);
        }
    }

    private static String protocol(Settings.Mail settings) {
        return settings.security() == Settings.MailSecurity.TLS ? "smtps" : "smtp";
    }

    @Override
    public void carry(String id, Message message) throws UndeliveredException {
        // The library finds its parts through this loader, and threads of ours have another one.
        Thread.currentThread().setContextClassLoader(SmtpCarrier.class.getClassLoader());
        Secret password = settings.password();
        try (Transport transport = session.getTransport(protocol(settings))) {
            MimeMessage mime = mime(id, message);
            transport.connect(
                    settings.host(), settings.port(), settings.user(), password == null ? null : password.value());
            transport.sendMessage(mime, mime.getAllRecipients());
        } catch (SendFailedException e) {
            boolean lasting = e.getInvalidAddresses() != null && e.getInvalidAddresses().length > 0;
            throw new UndeliveredException("refused by " + settings.host() + ": " + e.getMessage(), lasting);
        } catch (AuthenticationFailedException e) {
            // Without what the server said: some repeat the credentials.
            throw new UndeliveredException(
                    settings.host() + " does not accept the user " + settings.user() + " with its password", false);
        } catch (MessagingException e) {
            throw new UndeliveredException(
                    "cannot be handed to " + settings.host() + ":" + settings.port() + ": " + e.getMessage(), false);
        }
    }

    private MimeMessage mime(String id, Message message) throws MessagingException {
        String host = settings.from().substring(settings.from().indexOf('@') + 1);
        MimeMessage mime = new MimeMessage(session) {
            @Override
            protected void updateMessageID() throws MessagingException {
                // The same when it is sent again, so that a mailbox may show it once.
                setHeader("Message-ID", "<" + id + "@" + host.toLowerCase(Locale.ROOT) + ">");
            }
        };
        mime.setFrom(new InternetAddress(settings.from(), true));
        mime.setRecipient(jakarta.mail.Message.RecipientType.TO, new InternetAddress(message.to(), true));
        mime.setSubject(message.subject(), StandardCharsets.UTF_8.name());
        mime.setText(message.text(), StandardCharsets.UTF_8.name());
        mime.setHeader("Auto-Submitted", "auto-generated");
        mime.setHeader("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(OffsetDateTime.now(ZoneOffset.UTC)));
        return mime;
    }
}
