package io.orizuru.router.remote;

import io.orizuru.config.Network;
import io.orizuru.outgoing.Answer;
import io.orizuru.outgoing.Call;
import io.orizuru.outgoing.Content;
import io.orizuru.outgoing.Door;
import io.orizuru.outgoing.Resolver;
import io.orizuru.outgoing.Trust;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Calls to the admin listener of one router. */
final class AdminCalls {
    /** How long an answer may take that nobody waits for something with. */
    static final Duration ANSWER = Duration.ofSeconds(5);

    private static final long LONGEST_ANSWER = 64L * 1024 * 1024;

    private final URI admin;
    private final String base;
    private final Credential credential;
    private final Trust trust;
    private final Door door;

    AdminCalls(URI admin, Credential credential, Trust trust) {
        this.admin = admin;
        this.credential = credential;
        this.trust = trust;
        if ("unix".equals(admin.getScheme())) {
            this.base = "http://localhost";
            this.door = Door.to(Path.of(admin.getPath()), Door.Limits.standard());
        } else {
            this.base = admin.toString();
            this.door = new Door(Door.Limits.standard(), reach(admin), Resolver.system());
        }
    }

    /** The operator wrote the address into the settings, so it may lead anywhere; a literal one leads to itself only. */
    private static List<Network> reach(URI admin) {
        String host = admin.getHost().replaceAll("[\\[\\]]", "");
        try {
            return List.of(Network.parse(host));
        } catch (IllegalArgumentException e) {
            return List.of(Network.parse("0.0.0.0/0"), Network.parse("::/0"));
        }
    }

    URI admin() {
        return admin;
    }

    /** @param known the entity tag of what is known already; empty for none */
    Answer get(String path, String known) throws IOException {
        Call call = call("GET", path);
        return door.call(known.isEmpty() ? call : call.header("If-None-Match", known));
    }

    <T> T get(String path, Class<T> type) throws IOException {
        return read(get(path, ""), type);
    }

    <T> T post(String path, Object body, Duration limit, Class<T> type) throws IOException {
        Content content = Content.bytes("application/json", Wire.JSON.writeValueAsBytes(body));
        return read(door.call(call("POST", path).content(content).timeout(limit).silence(limit)), type);
    }

    private Call call(String method, String path) {
        return Call.of(method, base + path)
                .bearer(credential.value())
                .trust(trust)
                .redirects(0)
                .answerLimit(LONGEST_ANSWER)
                .timeout(ANSWER);
    }

    <T> T read(Answer answer, Class<T> type) throws IOException {
        if (answer.status() != 200) {
            throw new IOException(answer.status() + ": " + answer.text().strip());
        }
        return Wire.JSON.readValue(answer.bytes(), type);
    }

    @Override
    public String toString() {
        return admin.toString();
    }
}
