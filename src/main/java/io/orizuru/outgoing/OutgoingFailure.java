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

    private final Rule rule;
    private final String host;

    OutgoingFailure(Rule rule, String host, String message) {
        this(rule, host, message, null);
    }

    OutgoingFailure(Rule rule, String host, String message, @Nullable Throwable cause) {
        super("outgoing call to \"" + host + "\": " + message, cause);
        this.rule = rule;
        this.host = host;
    }

    public Rule rule() {
        return rule;
    }

    /** The host as it was asked for; not its address, which would tell a stranger about the network inside. */
    public String host() {
        return host;
    }
}
