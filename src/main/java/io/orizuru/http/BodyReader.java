package io.orizuru.http;

import io.orizuru.config.Settings;
import io.orizuru.disk.Disks;
import io.orizuru.failure.Failure;
import io.orizuru.files.OwnedFile;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Provider;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.MessageBodyReader;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.fileupload2.core.MultipartInput;

/** Reads the bodies of all operations. Files go to disk as they come; everything else is small and kept in memory. */
@jakarta.ws.rs.ext.Provider
@Consumes(MediaType.WILDCARD)
class BodyReader implements MessageBodyReader<Body> {
    /** The largest form or JSON text, in bytes. */
    private static final int MAX_TEXT = 8 << 20;
    /** The largest uploaded file, in bytes: an app's archive. */
    private static final long MAX_FILE = 512L << 20;
    /** The largest value of a multipart form that is not a file, in bytes. */
    private static final int MAX_VALUE = 1 << 20;

    /** What people upload is nobody else's business on this machine. */
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final int MAX_FIELDS = 10_000;
    private static final Pattern NAME = Pattern.compile("[;\\s]name=\"?([^\";]*)\"?");
    private static final Pattern FILE_NAME = Pattern.compile("[;\\s]filename=\"?([^\";]*)\"?");

    private final Provider<RoutingContext> routing;
    private final Uploads uploads;
    private final TextMemory memory;
    private final BodyLimit limit;
    private final Disks disks;
    private final Path directory;

    BodyReader(
            Provider<RoutingContext> routing,
            Uploads uploads,
            TextMemory memory,
            BodyLimit limit,
            Disks disks,
            Settings settings) {
        this.routing = routing;
        this.uploads = uploads;
        this.memory = memory;
        this.limit = limit;
        this.disks = disks;
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
            InputStream body)
            throws IOException {
        InputStream in = limit.guarded(body);
        Map<String, List<String>> query = query();
        String subtype = mediaType.getSubtype().toLowerCase(Locale.ROOT);
        if (mediaType.getType().equalsIgnoreCase("multipart")) {
            return multipart(mediaType, in, query);
        }
        byte[] content = memory.read(in, MAX_TEXT);
        if (subtype.equals("json") || subtype.endsWith("+json")) {
            return new Body(Body.Kind.JSON, content, Map.of(), query, Map.of());
        }
        Map<String, List<String>> fields = form(new String(content, StandardCharsets.UTF_8));
        return new Body(Body.Kind.FORM, content, fields, query, Map.of());
    }

    private Map<String, List<String>> query() {
        String raw = routing.get().request().query();
        return raw == null ? Map.of() : form(raw);
    }

    private static Map<String, List<String>> form(String text) {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        int count = 0;
        for (String pair : text.split("&")) {
            if (pair.isBlank()) {
                continue;
            }
            if (++count > MAX_FIELDS) {
                throw Failure.tooLarge("the form has more than " + MAX_FIELDS + " fields");
            }
            int equals = pair.indexOf('=');
            String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
            fields.computeIfAbsent(name, absent -> new ArrayList<>()).add(value);
        }
        return fields;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Failure.invalid("\"" + (text.length() > 80 ? text.substring(0, 80) + "…" : text)
                    + "\" is not percent-encoded as a form must be");
        }
    }

    private Body multipart(MediaType mediaType, InputStream in, Map<String, List<String>> query) throws IOException {
        String boundary = mediaType.getParameters().get("boundary");
        if (boundary == null || boundary.isEmpty()) {
            throw Failure.invalid("the Content-Type multipart has no boundary");
        }
        Map<String, List<String>> fields = new LinkedHashMap<>();
        Map<String, Upload> files = new LinkedHashMap<>();
        try {
            MultipartInput parts = MultipartInput.builder()
                    .setInputStream(in)
                    .setBoundary(boundary.getBytes(StandardCharsets.UTF_8))
                    .get();
            for (boolean more = parts.skipPreamble(); more; more = parts.readBoundary()) {
                part(parts, fields, files);
            }
        } catch (MultipartInput.MalformedStreamException e) {
            uploads.deleteLeftOvers();
            throw Failure.invalid("the multipart body is broken: " + e.getMessage());
        } catch (IOException | RuntimeException e) {
            // What came of it is of no use, and the request's end may be long in coming.
            uploads.deleteLeftOvers();
            throw e;
        }
        return new Body(Body.Kind.MULTIPART, new byte[0], fields, query, files);
    }

    private void part(MultipartInput parts, Map<String, List<String>> fields, Map<String, Upload> files)
            throws IOException {
        String head = parts.readHeaders();
        String disposition = head.lines()
                .filter(line -> line.regionMatches(true, 0, "content-disposition:", 0, 20))
                .findFirst()
                .orElse("");
        String name = group(NAME, disposition);
        if (fields.size() + files.size() >= MAX_FIELDS) {
            throw Failure.tooLarge("the form has more than " + MAX_FIELDS + " fields");
        }
        if (!FILE_NAME.matcher(disposition).find()) {
            fields.computeIfAbsent(name, absent -> new ArrayList<>()).add(value(parts, name));
            return;
        }
        disks.require();
        Files.createDirectories(directory, OWNER_ONLY);
        Path file = Files.createTempFile(directory, "upload-", OwnedFile.suffix());
        uploads.add(file);
        try (OutputStream out = new LimitedOutput(
                disks.guarded(Files.newOutputStream(file)),
                MAX_FILE,
                "the file \"" + name + "\" is larger than " + MAX_FILE + " bytes")) {
            parts.readBodyData(out);
        }
        files.put(name, new Upload(group(FILE_NAME, disposition), file, Files.size(file)));
    }

    private static String value(MultipartInput parts, String name) throws IOException {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        try (OutputStream out = new LimitedOutput(
                value, MAX_VALUE, "the value of \"" + name + "\" is larger than " + MAX_VALUE + " bytes")) {
            parts.readBodyData(out);
        }
        return value.toString(StandardCharsets.UTF_8);
    }

    /** Refuses more than it was made for. */
    private static final class LimitedOutput extends FilterOutputStream {
        private final String refusal;
        private long left;

        LimitedOutput(OutputStream out, long limit, String refusal) {
            super(out);
            this.left = limit;
            this.refusal = refusal;
        }

        @Override
        public void write(int oneByte) throws IOException {
            take(1);
            out.write(oneByte);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            take(length);
            out.write(bytes, offset, length);
        }

        private void take(int length) {
            left -= length;
            if (left < 0) {
                throw Failure.tooLarge(refusal);
            }
        }
    }

    private static String group(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }
}
