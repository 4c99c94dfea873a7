package io.orizuru.outgoing;

import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/** What a call sends. */
public sealed interface Content {
    /** The {@code Content-Type}. */
    String mediaType();

    /** Bytes in memory. */
    static Content bytes(String mediaType, byte[] bytes) {
        return new Bytes(mediaType, ByteBuffer.wrap(bytes.clone()).asReadOnlyBuffer());
    }

    /** Text in UTF-8. */
    static Content text(String mediaType, String text) {
        return bytes(mediaType, text.getBytes(StandardCharsets.UTF_8));
    }

    /** JSON as it is written already. */
    static Content json(String json) {
        return text("application/json", json);
    }

    /** A form with a value for each name, in the map's order. */
    static Content form(Map<String, String> fields) {
        return text(
                "application/x-www-form-urlencoded",
                fields.entrySet().stream()
                        .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
                        .collect(Collectors.joining("&")));
    }

    /** A file, read while it is sent. */
    static Content file(String mediaType, Path file) {
        return new File(mediaType, file);
    }

    /**
     * A stream, read while it is sent, and closed then. It can be sent once only, so a redirect that would repeat it fails.
     *
     * @param length in bytes, or -1 if it is not known
     */
    static Content stream(String mediaType, InputStream stream, long length) {
        return new Stream(mediaType, stream, length);
    }

    private static void check(String mediaType) {
        if (!mediaType.matches("[\\x21-\\x7e][\\x20-\\x7e]*")) {
            throw new IllegalArgumentException("a media type is one line of ASCII");
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** See {@link Content#bytes}. */
    record Bytes(String mediaType, ByteBuffer bytes) implements Content {
        public Bytes {
            check(mediaType);
        }
    }

    /** See {@link Content#file}. */
    record File(String mediaType, Path file) implements Content {
        public File {
            check(mediaType);
        }
    }

    /** See {@link Content#stream}. */
    record Stream(String mediaType, InputStream stream, long length) implements Content {
        public Stream {
            check(mediaType);
            if (length < -1) {
                throw new IllegalArgumentException("the length " + length + " is neither -1 nor one");
            }
        }
    }
}
