package io.orizuru.event;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;
import org.jspecify.annotations.Nullable;

/**
 * What an event keeps of its input, output or course, as clients of the API read it: a BSON value.
 *
 * @param kind the BSON type; 0 when there is nothing
 * @param data the value's bytes; a list is a document whose names are its positions
 */
record CustomData(
        @JsonProperty("Kind") int kind,
        @JsonProperty("Data") byte @Nullable [] data) {
    private static final CustomData NOTHING = new CustomData(0, null);

    static CustomData of(@Nullable JsonNode value) {
        if (value == null || !value.isContainerNode()) {
            return NOTHING;
        }
        BsonValue whole = bson(value);
        BsonDocument document = whole instanceof BsonArray list ? numbered(list) : whole.asDocument();
        RawBsonDocument raw = new RawBsonDocument(document, new BsonDocumentCodec());
        byte[] bytes = new byte[raw.getByteBuffer().remaining()];
        raw.getByteBuffer().get(bytes);
        BsonType type = value.isArray() ? BsonType.ARRAY : BsonType.DOCUMENT;
        return new CustomData(type.getValue(), bytes);
    }

    private static BsonDocument numbered(BsonArray list) {
        BsonDocument document = new BsonDocument();
        for (BsonValue element : list) {
            document.append(Integer.toString(document.size()), element);
        }
        return document;
    }

    private static BsonValue bson(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> {
                BsonDocument document = new BsonDocument();
                value.properties().forEach(field -> document.append(field.getKey(), bson(field.getValue())));
                yield document;
            }
            case ARRAY -> {
                BsonArray list = new BsonArray();
                value.forEach(element -> list.add(bson(element)));
                yield list;
            }
            case BOOLEAN -> BsonBoolean.valueOf(value.booleanValue());
            case NUMBER ->
                value.isIntegralNumber() ? new BsonInt64(value.longValue()) : new BsonDouble(value.doubleValue());
            case NULL, MISSING -> BsonNull.VALUE;
            case STRING, BINARY, POJO -> new BsonString(value.asText());
        };
    }
}
