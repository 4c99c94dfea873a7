package io.orizuru.http;

import io.orizuru.config.Settings;
import io.orizuru.failure.Failure;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Provider;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.MessageBodyReader;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Hands operations their bodies, unread: the first question that an operation asks of one lets it come, when the caller, the
 * path's objects and the permission were looked at.
 */
@jakarta.ws.rs.ext.Provider
@Consumes(MediaType.WILDCARD)
class BodyReader implements MessageBodyReader<Body> {
    private final Provider<RoutingContext> routing;
    private final Calls calls;
    private final Uploads uploads;
    private final UploadRoom room;
    private final TextMemory memory;
    private final BodyLimit limit;
    private final Path directory;

    BodyReader(
            Provider<RoutingContext> routing,
            Calls calls,
            Uploads uploads,
            UploadRoom room,
            TextMemory memory,
            BodyLimit limit,
            Settings settings) {
        this.routing = routing;
        this.calls = calls;
        this.uploads = uploads;
        this.room = room;
        this.memory = memory;
        this.limit = limit;
        this.directory = settings.data().resolve("uploads");
    }

    @Override
    public boolean isReadable(Class<?> type, Type generic, Annotation[] annotations, MediaType mediaType) {
        return type == Body.class;
    }

    @Override
    public Body readFrom(
            Class<Body> type,
            Type generic,
            Annotation[] annotations,
            MediaType mediaType,
            MultivaluedMap<String, String> headers,
            InputStream body) {
        HttpServerRequest request = routing.get().request();
        Call call = calls.current();
        BodyRule rule = call.operation().body();
        long declared = BodyLimit.declared(request);
        String query = request.query() == null ? "" : request.query();
        if (rule.isNone() || declared == 0) {
            return new Body(rule, () -> Body.Content.NONE, query, memory, call.sourceAddress());
        }
        InputStream guarded = limit.guarded(body, rule.whole());
        Body.Source source =
                switch (kind(mediaType)) {
                    case MULTIPART -> () -> multipart(mediaType, guarded, rule, declared, call);
                    case JSON ->
                        () -> Body.Content.of(
                                Body.Kind.JSON, memory.read(guarded, call.sourceAddress(), declared, rule.bytes()));
                    case NONE, FORM ->
                        () -> Body.Content.of(
                                Body.Kind.FORM, memory.read(guarded, call.sourceAddress(), declared, rule.bytes()));
                };
        return new Body(rule, source, query, memory, call.sourceAddress());
    }

    private static Body.Kind kind(MediaType mediaType) {
        String subtype = mediaType.getSubtype().toLowerCase(Locale.ROOT);
        if (mediaType.getType().equalsIgnoreCase("multipart")) {
            return Body.Kind.MULTIPART;
        }
        return subtype.equals("json") || subtype.endsWith("+json") ? Body.Kind.JSON : Body.Kind.FORM;
    }

    private Body.Content multipart(MediaType mediaType, InputStream in, BodyRule rule, long declared, Call call)
            throws IOException {
        long texts = declared < 0 ? rule.bytes() : Math.min(declared, rule.bytes());
        memory.arriving(call.sourceAddress(), texts * Multipart.COPIES);
        Multipart parts = new Multipart(in, rule, uploads, directory);
        if (rule.files().isEmpty()) {
            return parts.read(boundary(mediaType));
        }
        // Whoever it is, an upload takes room; so callers are told apart by who they are, not by where they come from.
        try (UploadRoom.Upload upload = room.begin(call.caller().name(), declared)) {
            return parts.into(upload).read(boundary(mediaType));
        }
    }

    private static String boundary(MediaType mediaType) {
        String boundary = mediaType.getParameters().getOrDefault("boundary", "");
        if (!boundary.matches("[\\x21-\\x7e ]{1,70}")) {
            throw Failure.invalid(
                    boundary.isEmpty()
                            ? "the Content-Type multipart has no boundary"
                            : "the boundary of the Content-Type is not 1 to 70 printable ASCII characters");
        }
        return boundary;
    }
}
