package io.orizuru.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.orizuru.failure.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** A JSON text, read as far as its size, its depth and the number of its parts allow. */
final class JsonText {
    /** Deeper JSON is refused. */
    private static final int MAX_DEPTH = 100;

    private static final int LONGEST_NAME = 1 << 10;
    private static final int LONGEST_NUMBER = 100;
    private static final int QUOTED = 1024;

    /** Names are the senders': none is kept when its input is gone. */
    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNameLength(LONGEST_NAME)
                    .maxNumberLength(LONGEST_NUMBER)
                    .build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private JsonText() {}

    /** The value that a text is; an empty object for an empty text, and for null. */
    static JsonNode read(ObjectMapper json, String text, Items items) {
        if (text.isBlank()) {
            return json.createObjectNode();
        }
        try (JsonParser parser = new Counted(FACTORY.createParser(text), items)) {
            ObjectReader reader = json.reader();
            JsonNode read = reader.readTree(parser);
            if (parser.nextToken() != null) {
                throw broken(text, "there is something after the value");
            }
            return read == null || read.isNull() || read.isMissingNode() ? json.createObjectNode() : read;
        } catch (JsonProcessingException e) {
            throw broken(text, e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // It is read from a text.
        }
    }

    private static Failure broken(String text, String otherwise) {
        String problem = JsonSyntax.problem(text);
        return Failure.invalid(
                "unable to parse as json: " + quoted(text) + " - " + (problem == null ? otherwise : problem));
    }

    private static String quoted(String text) {
        String shown = text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "…";
        return "\"" + shown.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }

    /** Counts what is read, and looks at each text. */
    private static final class Counted extends JsonParserDelegate {
        private final Items items;

        Counted(JsonParser parser, Items items) {
            super(parser);
            this.items = items;
        }

        @Override
        public @Nullable JsonToken nextToken() throws IOException {
            JsonToken token = super.nextToken();
            if (token == null) {
                return null;
            }
            items.add(1);
            if (token == JsonToken.FIELD_NAME || token == JsonToken.VALUE_STRING) {
                Texts.checked(getText(), "a text of the body");
            }
            return token;
        }
    }
}
