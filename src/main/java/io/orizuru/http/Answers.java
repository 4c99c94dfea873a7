package io.orizuru.http;

import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Collection;

/** The answers that are the same for all operations. */
public final class Answers {
    static final String TEXT = "text/plain; charset=utf-8";

    private Answers() {}

    /** A text, ended by a newline as clients expect of errors. */
    public static Response text(int status, String message) {
        return Response.status(status)
                .header("Content-Type", TEXT)
                .entity(Texts.printable(message.endsWith("\n") ? message : message + "\n"))
                .build();
    }

    /** A list as JSON; 204 when there is nothing in it. */
    public static Response list(Collection<?> elements) {
        return elements.isEmpty() ? Response.noContent().build() : json(200, elements);
    }

    public static Response json(int status, Object entity) {
        return Response.status(status).type("application/json").entity(entity).build();
    }

    /** 200 without a body. */
    public static Response done() {
        return Response.ok().build();
    }

    /** 201 without a body. */
    public static Response created() {
        return Response.status(201).build();
    }

    static Response unknownPath() {
        return text(404, "404 page not found");
    }

    static Response tooMany(String what, Duration wait) {
        return Response.fromResponse(
                        text(429, "too many " + what + " a minute, try again in " + wait.toSeconds() + " s"))
                .header("Retry-After", wait.toSeconds())
                .build();
    }

    static Response unauthenticated() {
        return Response.fromResponse(text(401, "You must provide a valid Authorization header"))
                .header("WWW-Authenticate", "Bearer realm=\"tsuru\" scope=\"tsuru\"")
                .build();
    }
}
