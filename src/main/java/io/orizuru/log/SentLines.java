package io.orizuru.log;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.orizuru.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lines as agents send them: JSON objects as the API shows lines, one after the other, with or without space between. */
public final class SentLines {
    /** Of a text, in characters; no more of it is kept. All that agents have under way together is bounded by it. */
    static final int LONGEST_TEXT = 64 << 10;

    private static final int LONGEST_NAME = 256;
    private static final int MOST_DEPTH = 10;
    private static final String DEFAULT_SOURCE = "app";
    private static final String NO_LINE = "it is no object of the texts Date, Message, Source, AppName and Unit";

    private static final ObjectReader READER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(LONGEST_TEXT)
                            .maxNameLength(LONGEST_NAME)
                            .maxNestingDepth(MOST_DEPTH)
                            .build())
                    // Names are the senders': none is kept.
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build())
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build()
            .readerFor(Sent.class);

    private final InputStream from;
    private final Clock clock;
    private @Nullable JsonParser parser;
    private long number;

    /** A line as it comes; all but the app's name may be missing. */
    record Sent(
            @JsonProperty("Date") @Nullable String date,
            @JsonProperty("Message") @Nullable String message,
            @JsonProperty("Source") @Nullable String source,
            @JsonProperty("AppName") @Nullable String app,
            @JsonProperty("Unit") @Nullable String unit) {}

    /** @param from UTF-8; read as far as lines are asked for, and a little beyond */
    public SentLines(InputStream from, Clock clock) {
        this.from = from;
        this.clock = clock;
    }

    /**
     * Waits for the next line; empty at the end of all.
     *
     * @throws Failure when what comes is no line, with its number and what is wrong; nothing can be read after that
     */
    public Optional<LogLine> next() {
        number++;
        try {
            if (parser == null) {
                parser = READER.createParser(from);
            }
            JsonToken begin = parser.nextToken();
            if (begin == null) {
                return Optional.empty();
            }
            if (begin != JsonToken.START_OBJECT) {
                throw refused(NO_LINE);
            }
            return Optional.of(line(READER.readValue(parser)));
        } catch (MismatchedInputException e) {
            throw refused(NO_LINE);
        } catch (JsonProcessingException e) {
            throw refused(e.getOriginalMessage());
        } catch (IOException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
    }

    private LogLine line(Sent sent) {
        if (sent.app() == null || sent.app().isEmpty()) {
            throw refused("AppName is missing");
        }
        return new LogLine(
                sent.app(),
                at(sent.date()),
                text(sent.source()).isEmpty() ? DEFAULT_SOURCE : text(sent.source()),
                text(sent.unit()),
                text(sent.message()));
    }

    private Instant at(@Nullable String date) {
        if (text(date).isEmpty()) {
            return clock.instant();
        }
        try {
            return OffsetDateTime.parse(text(date)).toInstant();
        } catch (DateTimeParseException e) {
            throw refused("the Date \"" + date + "\" is no time as of RFC 3339");
        }
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    private Failure refused(String why) {
        return Failure.invalid("line " + number + ": " + why);
    }
}
