package io.orizuru.outgoing;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Why a call to the outside was refused or failed: the host, and the rule or the trouble. Its message may be shown to users. */
public final class OutgoingFailure extends IOException {
    /** What a call can fail of. */
    public enum Rule {
        /** The address is not written in the one plain way that everybody reads alike. */
        FORM,
        /** Neither http nor https. */
        SCHEME,
        /** The host leads to a network where calls may not go. */
        DESTINATION,
        /** The name has no address, or none in time. */
        RESOLUTION,
        /** What was to be sent could not be read. */
        CONTENT,
        /** No connection, or it broke. */
        CONNECTION,
        /** No agreement on TLS: most often the certificate. */
        TLS,
        /** What came back is no HTTP. */
        PROTOCOL,
        /** A redirect that is not followed: too many, a downgrade, a body for somebody else. */
        REDIRECT,
        /** More came back than was asked for. */
        SIZE,
        /** It took too long. */
        TIME
    }

    private static final int LONGEST = 300;

    private final Rule rule;
    private final String host;

    OutgoingFailure(Rule rule, String host, String message) {
        this(rule, host, message, null);
    }

    OutgoingFailure(Rule rule, String host, String message, @Nullable Throwable cause) {
        super("outgoing call to \"" + quotable(host) + "\": " + line(message), cause);
        this.rule = rule;
        this.host = quotable(host);
    }

    /** Of an address only what is no credential: they stand before an {@code @} and in queries. */
    private static String quotable(String host) {
        String shown = host.substring(host.lastIndexOf('@') + 1);
        int query = shown.indexOf('?');
        return line(query < 0 ? shown : shown.substring(0, query));
    }

    /** Parts of a message come from strangers: one line of what can be printed, and not too long. */
    private static String line(String text) {
        String printable = text.replaceAll("[^\\x20-\\x7e]", "?");
        return printable.length() <= LONGEST ? printable : printable.substring(0, LONGEST) + "...";
    }

    public Rule rule() {
        return rule;
    }

    /** The host as it was asked for; not its address, which would tell a stranger about the network inside. */
    public String host() {
        return host;
    }
}
