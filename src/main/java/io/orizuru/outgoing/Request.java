package io.orizuru.outgoing;

import io.orizuru.outgoing.Call.Header;
import io.orizuru.outgoing.OutgoingFailure.Rule;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One request of a call: the first one, or one that a redirect asked for. */
record Request(
        String method,
        Target target,
        List<Header> headers,
        @Nullable Content content,
        Trust trust) {
    /**
     * What another origin may see. All else is dropped there, not only {@code Authorization} and {@code Cookie}: many
     * services have headers of their own for their keys.
     */
    private static final Set<String> FOR_ANYBODY = Set.of("accept", "accept-language", "range", "user-agent");

    static Request first(Call call) throws OutgoingFailure {
        return new Request(call.method(), Target.parse(call.address()), call.headers(), call.content(), call.trust());
    }

    /** What an answer's redirect asks for; null if it is no redirect. */
    @Nullable
    Request next(AnswerHead head) throws OutgoingFailure {
        String location = head.header("Location").orElse(null);
        boolean changesMethod = head.status() == 303 || (head.status() <= 302 && method.equals("POST"));
        boolean redirects =
                switch (head.status()) {
                    case 301, 302, 303, 307, 308 -> true;
                    default -> false;
                };
        if (!redirects || location == null) {
            return null;
        }
        Target next = target.redirect(location);
        if (target.tls() && !next.tls()) {
            throw refused("it redirects from https to http, which would show the call to everybody");
        }
        Content sent = changesMethod ? null : content;
        if (sent instanceof Content.Stream) {
            throw refused("it redirects a body that cannot be sent twice");
        }
        boolean same = target.sameOrigin(next);
        if (sent != null && !same) {
            throw refused("it redirects a body to another origin, which may not see it");
        }
        return new Request(
                changesMethod && !method.equals("HEAD") ? "GET" : method,
                next,
                same ? headers : headers.stream().filter(Request::forAnybody).toList(),
                sent,
                same ? trust : Trust.standard());
    }

    private static boolean forAnybody(Header header) {
        return FOR_ANYBODY.contains(header.name().toLowerCase(Locale.ROOT));
    }

    private OutgoingFailure refused(String why) {
        return new OutgoingFailure(Rule.REDIRECT, target.host().text(), why);
    }
}
