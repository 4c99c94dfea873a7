package io.orizuru.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.db.Database;
import io.orizuru.secret.Vault;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** Intents and results of steps that cannot be compared with what is. Results are encrypted: they may hold secrets. */
@ApplicationScoped
class Journal {
    private final Database database;
    private final Vault vault;
    private final ObjectMapper json;

    Journal(Database database, Vault vault, ObjectMapper json) {
        this.database = database;
        this.vault = vault;
        this.json = json;
    }

    void intend(String event, String key) {
        database.sql("insert into journal (event, key) values (:event, :key) on conflict do nothing")
                .param("event", event)
                .param("key", key)
                .update();
    }

    void record(String event, String key, Object result) {
        database.sql("""
                        update journal set result = :result, ended_at = clock_timestamp()
                         where event = :event and key = :key""")
                .param("result", vault.encrypt(write(result), context(event, key)))
                .param("event", event)
                .param("key", key)
                .update();
    }

    <T> Optional<T> result(String event, String key, Class<T> type) {
        return database.sql("select result from journal where event = :event and key = :key and result is not null")
                .param("event", event)
                .param("key", key)
                .query(byte[].class)
                .optional()
                .map(encrypted -> read(vault.decrypt(encrypted, context(event, key)), type));
    }

    private static String context(String event, String key) {
        return "journal/" + event + "/" + key;
    }

    String write(Object value) {
        try {
            return json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be stored: " + value.getClass(), e);
        }
    }

    <T> T read(String text, Class<T> type) {
        try {
            return json.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what is on record is no " + type.getSimpleName(), e);
        }
    }
}
