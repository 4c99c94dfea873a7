package io.orizuru.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Answers as JSON that are made while they are read: a part is brought when the one before it is sent, so that each takes a
 * part's memory however long it is. The first part is made before the answer begins; what fails later ends the connection, so
 * that nobody takes what there is for all.
 */
@ApplicationScoped
public class StreamedJson {
    /** What is made of one answer and not yet sent, at most. */
    private static final int ROOM = 512 << 10;

    private final BoundedAnswers answers;
    private final ObjectMapper json;

    StreamedJson(BoundedAnswers answers, ObjectMapper json) {
        this.answers = answers;
        this.json = json;
    }

    /** Writes one value. */
    @FunctionalInterface
    public interface Value {
        void write(JsonGenerator json) throws IOException;
    }

    /**
     * A list; 204 when there is nothing in it.
     *
     * @param parts keys of its elements, so many together as are brought at a time
     * @param elements brings the elements of one part; fewer when some are gone by then
     */
    public <K> Response list(List<List<K>> parts, Function<List<K>, ? extends Collection<?>> elements) {
        Iterator<List<K>> rest = parts.iterator();
        if (!rest.hasNext()) {
            return Response.noContent().build();
        }
        reserve();
        Collection<?> first = elements.apply(rest.next());
        return answer(generator -> {
            generator.writeStartArray();
            writeAll(generator, first);
            while (rest.hasNext()) {
                writeAll(generator, elements.apply(rest.next()));
            }
            generator.writeEndArray();
        });
    }

    private static void writeAll(JsonGenerator generator, Collection<?> elements) throws IOException {
        for (Object element : elements) {
            generator.writePOJO(element);
        }
    }

    /**
     * An object.
     *
     * @param entity with all its fields
     * @param streamed what is written for some of them instead
     */
    public Response object(Object entity, Map<String, Value> streamed) {
        reserve();
        ObjectNode fields = json.valueToTree(entity);
        return answer(generator -> {
            generator.writeStartObject();
            for (Map.Entry<String, JsonNode> field : fields.properties()) {
                generator.writeFieldName(field.getKey());
                Value value = streamed.get(field.getKey());
                if (value == null) {
                    generator.writeTree(field.getValue());
                } else {
                    value.write(generator);
                }
            }
            generator.writeEndObject();
        });
    }

    private void reserve() {
        answers.room().grow(ROOM);
    }

    private Response answer(Value whole) {
        RoutingContext context = SlowReaders.request();
        return Response.ok((StreamingOutput) out -> write(whole, out, context), "application/json")
                .build();
    }

    private void write(Value whole, OutputStream out, RoutingContext context) throws IOException {
        boolean done = false;
        try (JsonGenerator generator = json.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
            generator.disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT);
            // Elements are sent as the connection takes them, not one by one.
            generator.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
            whole.write(generator);
            done = true;
        } finally {
            if (!done) {
                context.request().connection().close();
            }
        }
    }
}
