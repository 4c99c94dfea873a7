package io.orizuru.http;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.orizuru.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The input of an operation: its query, and its body as form, JSON or multipart. Nothing of it is looked at before the
 * method asks, so that a bad body is never answered before a missing app or permission.
 */
public final class Body {
    private static final ObjectMapper JSON = JsonMapper.builder(JsonText.FACTORY)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
            .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            // No operation expects one in a list or a map.
            .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.SKIP))
            .withCoercionConfig(
                    LogicalType.Boolean,
                    boolean_ -> boolean_.setCoercion(CoercionInputShape.EmptyString, CoercionAction.AsNull))
            // Clients write an empty map of a form as one empty value.
            .withCoercionConfig(
                    LogicalType.Map, map -> map.setCoercion(CoercionInputShape.EmptyString, CoercionAction.AsEmpty))
            .addHandler(new FormHabits())
            .addModule(new com.fasterxml.jackson.datatype.jsr310.JavaTimeModule())
            .build();

    /** What forms may do: repeat a single value, whose first one counts, and say yes and no in the words of {@link Body#flag}. */
    private static final class FormHabits extends DeserializationProblemHandler {
        @Override
        public @Nullable Object handleUnexpectedToken(
                DeserializationContext context,
                JavaType wanted,
                JsonToken token,
                JsonParser parser,
                @Nullable String message)
                throws IOException {
            if (token != JsonToken.START_ARRAY || wanted.isContainerType()) {
                return NOT_HANDLED;
            }
            JsonNode all = parser.readValueAsTree();
            return all.isEmpty() ? null : context.readTreeAsValue(all.get(0), wanted);
        }

        @Override
        public @Nullable Object handleWeirdStringValue(
                DeserializationContext context, Class<?> wanted, String value, String message) {
            if (wanted != boolean.class && wanted != Boolean.class) {
                return NOT_HANDLED;
            }
            return switch (value) {
                case "1", "t", "T" -> true;
                case "0", "f", "F" -> false;
                default -> NOT_HANDLED;
            };
        }
    }

    /** How a body is written. */
    enum Kind {
        NONE,
        FORM,
        JSON,
        MULTIPART
    }

    /** Lets a body come. */
    interface Source {
        Content read() throws IOException;
    }

    /** What came: bytes, or what a multipart form consists of. */
    record Content(Kind kind, byte[] bytes, Map<String, List<String>> fields, Map<String, Upload> uploads) {
        static final Content NONE = of(Kind.NONE, new byte[0]);

        static Content of(Kind kind, byte[] bytes) {
            return new Content(kind, bytes, Map.of(), Map.of());
        }
    }

    private final BodyRule rule;
    private final Source source;
    private final String query;
    private final TextMemory memory;
    private final String caller;
    private @Nullable Content content;
    private InputMemory.@Nullable Part unfolded;
    private @Nullable JsonNode tree;

    /**
     * A body that has not come yet.
     *
     * @param query as it was sent
     * @param caller whose share of the memory it takes
     */
    Body(BodyRule rule, Source source, String query, TextMemory memory, String caller) {
        this.rule = rule;
        this.source = source;
        this.query = query;
        this.memory = memory;
        this.caller = caller;
    }

    private Content content() {
        if (content == null) {
            try {
                content = source.read();
            } catch (IOException e) {
                throw new UncheckedIOException("a body cannot be kept", e);
            }
        }
        return content;
    }

    /** The whole input bound to a record, names without regard to case, unknown ones ignored. */
    public <T> T as(Class<T> type) {
        try {
            return JSON.treeToValue(tree(), type);
        } catch (JsonMappingException e) {
            if (e.getCause() instanceof Failure failure) {
                throw failure;
            }
            throw Failure.invalid("the field " + fieldOf(e) + " cannot be read: " + e.getOriginalMessage());
        } catch (JsonProcessingException e) {
            throw Failure.invalid("the input cannot be read: " + e.getOriginalMessage());
        }
    }

    private static String fieldOf(JsonMappingException e) {
        return e.getPath().stream()
                .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
                .collect(Collectors.joining("."));
    }

    /** A single value by its name, the first if it is repeated; null when it is not there. */
    public @Nullable String value(String name) {
        List<String> all = values(name);
        return all.isEmpty() ? null : all.getFirst();
    }

    /** As {@link #value}, empty when it is not there. */
    public String text(String name) {
        String value = value(name);
        return value == null ? "" : value;
    }

    /** All values of a name; a JSON list counts as repetition, a single value as a list of one. */
    public List<String> values(String name) {
        for (Map.Entry<String, JsonNode> field : tree().properties()) {
            if (field.getKey().equalsIgnoreCase(name)) {
                return texts(field.getValue());
            }
        }
        return List.of();
    }

    private static List<String> texts(JsonNode node) {
        if (node.isNull()) {
            return List.of();
        }
        if (!node.isArray()) {
            return List.of(node.isContainerNode() ? node.toString() : node.asText());
        }
        return node.valueStream().map(JsonNode::asText).toList();
    }

    /**
     * All values of a name that differ, wherever they stand: in the body or in the query, whatever the case of its letters.
     * Empty ones are left out. For what must not be said in two ways.
     */
    public List<String> everywhere(String name) {
        Set<String> found = new LinkedHashSet<>();
        for (Map.Entry<String, JsonNode> field : tree().properties()) {
            if (field.getKey().equalsIgnoreCase(name)) {
                found.addAll(texts(field.getValue()));
            }
        }
        Form.fields(query, new Items(rule.items())).forEach((key, values) -> {
            if (key.equalsIgnoreCase(name)) {
                found.addAll(values);
            }
        });
        found.remove("");
        return List.copyOf(found);
    }

    public boolean has(String name) {
        return !values(name).isEmpty();
    }

    /** Whether the value says yes: {@code true}, {@code 1}, {@code t}. Anything else is no. */
    public boolean flag(String name) {
        return switch (text(name).toLowerCase(Locale.ROOT)) {
            case "true", "1", "t" -> true;
            default -> false;
        };
    }

    /** What was sent, as it was sent; for passing it on. A multipart form is in parts here, and is refused. */
    public byte[] raw() {
        if (content().kind() == Kind.MULTIPART) {
            throw Failure.invalid("a multipart form cannot be passed on");
        }
        unfold();
        return content().bytes().clone();
    }

    /** Refuses a body that is no multipart form. */
    public void requireMultipart() {
        if (content().kind() != Kind.MULTIPART) {
            throw Failure.invalid("request Content-Type isn't multipart/form-data");
        }
    }

    /** The names of all uploaded files. */
    public Set<String> uploads() {
        return Set.copyOf(content().uploads().keySet());
    }

    /** An uploaded file, or null. */
    public @Nullable Upload upload(String name) {
        return content().uploads().get(name);
    }

    /**
     * A digest (SHA-256, hexadecimal) of all that was sent but the query: the same for the same fields and files, however a
     * multipart form was cut into parts.
     */
    public String digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            Content sent = content();
            add(
                    digest,
                    sent.kind() == Kind.NONE ? Kind.FORM.name() : sent.kind().name());
            digest.update(sent.bytes());
            if (sent.kind() == Kind.MULTIPART) {
                new TreeMap<>(sent.fields()).forEach((name, values) -> {
                    add(digest, name);
                    values.forEach(value -> add(digest, value));
                });
                for (Map.Entry<String, Upload> upload : new TreeMap<>(sent.uploads()).entrySet()) {
                    add(digest, upload.getKey());
                    add(digest, Long.toString(upload.getValue().size()));
                    Path file = upload.getValue().path();
                    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                        in.transferTo(OutputStream.nullOutputStream());
                    }
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every Java has it.
        } catch (IOException e) {
            throw new UncheckedIOException("an uploaded file cannot be read", e);
        }
    }

    /** With its length before it, so that no two lists of texts look the same. */
    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
    }

    private JsonNode tree() {
        if (tree == null) {
            Content sent = content();
            InputMemory.Part part = unfold();
            Items items = new Items(rule.items());
            tree = sent.kind() == Kind.JSON ? json(sent.bytes(), items) : FormTree.of(merged(sent, items), items);
            part.shrink(TextMemory.unfolded(length(), items.count()));
        }
        return tree;
    }

    /** Takes the memory for all that becomes of the input, once: nobody waits for more while holding some. */
    private InputMemory.Part unfold() {
        if (unfolded == null) {
            unfolded = memory.unfolding(caller, length(), rule.items());
        }
        return unfolded;
    }

    private long length() {
        Content sent = content();
        long texts = 0;
        for (List<String> values : sent.fields().values()) {
            for (String value : values) {
                texts += value.length();
            }
        }
        return sent.bytes().length + texts + query.length();
    }

    private Map<String, List<String>> merged(Content sent, Items items) {
        Map<String, List<String>> all = new LinkedHashMap<>(sent.fields());
        if (sent.kind() == Kind.FORM) {
            all.putAll(Form.fields(Texts.utf8(sent.bytes(), "the body"), items));
        }
        Form.fields(query, items).forEach((name, values) -> all.merge(name, values, (body, url) -> body));
        return all;
    }

    private JsonNode json(byte[] bytes, Items items) {
        String text = Texts.utf8(bytes, "the body");
        JsonNode body = JsonText.read(JSON, text, items);
        if (!body.isObject()) {
            throw Failure.invalid("the body is a JSON "
                    + body.getNodeType().name().toLowerCase(Locale.ROOT) + ", and must be an object");
        }
        if (query.isEmpty()) {
            return body;
        }
        ObjectNode both = JSON.createObjectNode();
        both.setAll((ObjectNode) FormTree.of(Form.fields(query, items), items));
        body.properties().forEach(field -> both.set(field.getKey(), field.getValue()));
        return both;
    }
}
