package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real SMTP server that wants credentials, and everybody's mailboxes. */
final class MailServer implements AutoCloseable {
    static final String PASSWORD = "canary-smtp-7f2c11";
    private static final String USER = "orizuru";

    /** What is told apart from the text: a line of its own, indented. */
    private static final Pattern SECRET = Pattern.compile("(?m)^ {4}(\\S+)\\s*$");

    private final GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));

    MailServer() {
        server.start();
        server.setUser("orizuru@example.com", USER, PASSWORD);
    }

    /** Makes a server send its mail here. */
    void configure(ObjectNode settings) {
        settings.putObject("mail")
                .put("host", "127.0.0.1")
                .put("port", server.getSmtp().getPort())
                .put("from", "orizuru@example.com")
                .put("user", USER)
                .put("password", PASSWORD)
                .put("security", "none");
    }

    /** Waits for somebody's mail and takes the token or password out of the newest one. */
    String secretFor(String address, int mails) {
        List<String> texts = new ArrayList<>();
        Eventually.holds(() -> {
            texts.clear();
            texts.addAll(textsFor(address));
            assertThat(texts).hasSizeGreaterThanOrEqualTo(mails);
        });
        Matcher secret = SECRET.matcher(texts.getLast());
        assertThat(secret.find()).as(texts.getLast()).isTrue();
        return secret.group(1);
    }

    List<String> textsFor(String address) {
        List<String> texts = new ArrayList<>();
        try {
            for (MimeMessage message : server.getReceivedMessages()) {
                if (Arrays.toString(message.getAllRecipients()).contains(address)) {
                    texts.add(String.valueOf(message.getContent()));
                }
            }
        } catch (MessagingException | IOException e) {
            throw new AssertionError(e);
        }
        return texts;
    }

    @Override
    public void close() {
        server.stop();
    }
}
