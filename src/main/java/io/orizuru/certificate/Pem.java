package io.orizuru.certificate;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Blocks of bytes in a text (RFC 7468). */
final class Pem {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN (?<label>[A-Z0-9 ]{1,64})-----(?<content>[^-]*)-----END \\k<label>-----");

    private Pem() {}

    /**
     * A block.
     *
     * @param label such as {@code CERTIFICATE}
     * @param bytes null when the content is not Base64
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Block(String label, byte @Nullable [] bytes) {}

    /** All blocks of a text; what stands around them does not matter. */
    static List<Block> blocks(String text) {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            blocks.add(new Block(matcher.group("label"), decoded(matcher.group("content"))));
        }
        return blocks;
    }

    private static byte @Nullable [] decoded(String content) {
        try {
            return Base64.getDecoder().decode(content.replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            // Also of headers, as old encrypted keys have them.
            return null;
        }
    }

    static String write(String label, byte[] bytes) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                        .encodeToString(bytes)
                + "\n-----END " + label + "-----\n";
    }
}
