package io.orizuru.event;

import com.fasterxml.jackson.core.type.TypeReference;
import io.orizuru.access.Context;
import io.orizuru.db.Database;
import io.orizuru.db.JsonColumns;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Events, their locks and their logs in SQL. */
@ApplicationScoped
class EventStore {
    private static final String COLUMNS = """
            id, kind, kind_type, target_type, target_value, extra_targets, owner_type, owner_name, source_ip, request_id,
            allowed, allowed_cancel, shown_data(start_data) as start_data, shown_data(other_data) as other_data,
            shown_data(end_data) as end_data, cancelable, cancel_asked_at, cancel_acknowledged_at, cancel_owner,
            left(cancel_reason, 4096) as cancel_reason, instance, running, left(error, 16384) as error, started_at, ended_at
            """;

    /** What the row of an event takes, at most about, for one that a list is to be made of. */
    private static final String SIZE = """
            octet_length(allowed::text) + octet_length(extra_targets::text) + least(131072, octet_length(start_data::text))
                + least(131072, coalesce(octet_length(end_data::text), 0))
                + least(131072, coalesce(octet_length(other_data::text), 0))""";

    /** The most that an event keeps of its end's data, as JSON. */
    private static final int MOST_END_DATA = 64 << 10;

    /** The most of the reason why it failed, in characters. */
    private static final int LONGEST_ERROR = 16 << 10;

    private final Database database;
    private final JsonColumns json;

    EventStore(Database database, JsonColumns json) {
        this.database = database;
        this.json = json;
    }

    /** A running event with what whoever runs it must know. */
    record Work(String id, String changeKind, byte[] change, int attempts, int lastLine) {}

    void insert(Event event) {
        database.sql("""
                        insert into event (id, kind, kind_type, target_type, target_value, extra_targets, owner_type,
                            owner_name, source_ip, request_id, allowed, allowed_cancel, start_data, cancelable, instance, running, error, ended_at,
                            places, target_identity)
                        values (:id, :kind, :kindType, :targetType, :targetValue, :extraTargets::jsonb, :ownerType,
                            :ownerName, :sourceIp, :requestId, :allowed::jsonb, :allowedCancel::jsonb, :startData::jsonb,
                            :cancelable, :instance, :running, :error,
                            case when :running then null else clock_timestamp() end,
                            array(select identity_of(context->>'type', context->>'value')
                                    from jsonb_array_elements(:allowed::jsonb->'contexts') with ordinality c (context, place)
                                   order by place),
                            identity_of(:targetType::text, :targetValue::text))""")
                .param("id", event.id())
                .param("kind", event.kind())
                .param("kindType", event.kindType())
                .param("targetType", event.target().type())
                .param("targetValue", event.target().value())
                .param("extraTargets", json.write(event.extraTargets()))
                .param("ownerType", event.ownerType())
                .param("ownerName", event.ownerName())
                .param("sourceIp", event.sourceAddress())
                .param("requestId", event.requestId())
                .param("allowed", json.write(event.allowed()))
                .param("allowedCancel", json.write(event.allowedCancel()))
                .param("startData", json.write(event.startData()))
                .param("cancelable", event.cancelable())
                .param("instance", event.instance())
                .param("running", event.running())
                .param("error", cut(event.error(), LONGEST_ERROR))
                .update();
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most) + "…";
    }

    /**
     * What the event makes had no identity when it began; from now on it has. Part of the transaction that made it, so that
     * nothing else of that name can be meant.
     */
    void identify(String id) {
        database.sql("""
                        update event e
                           set places = array(
                                   select coalesce(e.places[place::int], identity_of(context->>'type', context->>'value'))
                                     from jsonb_array_elements(e.allowed->'contexts') with ordinality c (context, place)
                                    order by place),
                               target_identity = coalesce(target_identity, identity_of(target_type, target_value))
                         where id = :id and (array_position(places, null) is not null or target_identity is null)""").param("id", id).update();
    }

    /**
     * Whether a caller may do something with an event: in the permission's contexts as the event has them, which are those
     * things themselves and not whatever has their names now.
     */
    boolean allows(String id, EventFilter filter) {
        var statement = database.sql("select exists (select from event where id = :id and " + filter.where() + ")");
        for (var parameter : filter.parameters().entrySet()) {
            statement = statement.param(parameter.getKey(), parameter.getValue());
        }
        return statement.param("id", id).query(Boolean.class).single();
    }

    /** Locks a target for an event; false when another event has it. */
    boolean lock(Target target, String event) {
        return database.sql("""
                        insert into target_lock (target_type, target_value, event) values (:type, :value, :event)
                        on conflict do nothing""")
                        .param("type", target.type())
                        .param("value", target.value())
                        .param("event", event)
                        .update()
                == 1;
    }

    Optional<Event> holder(Target target) {
        return database.sql("select " + COLUMNS + """
                          from event
                         where id = (select event from target_lock where target_type = :type and target_value = :value)""")
                .param("type", target.type())
                .param("value", target.value())
                .query(this::event)
                .optional();
    }

    Optional<Event> find(String id) {
        return database.sql("select " + COLUMNS + " from event where id = :id")
                .param("id", id)
                .query(this::event)
                .optional();
    }

    /**
     * The running events of a machine, with a change, that nobody holds a lease for; oldest first, a hundred at most.
     *
     * @param known those that are known already, however many they are
     */
    List<String> orphans(String machine, Collection<String> known) {
        return database.sql("""
                        select e.id from event e
                     left join lease l on l.resource = e.target_type || '/' || e.target_value and l.expires_at > now()
                     left join target_home h on h.target_type = e.target_type and h.target_value = e.target_value
                         where e.running and e.change_kind is not null and l.resource is null
                           and (h.machine is null or h.machine = :machine) and e.id <> all(:known)
                         order by e.started_at limit 100""")
                .param("machine", machine)
                .param("known", known.toArray(String[]::new))
                .query(String.class)
                .list();
    }

    /** The running events with a change of a kind. */
    List<Work> running(String kind) {
        return database.sql("""
                        select id, change_kind, change, attempts,
                               (select coalesce(max(number), 0) from event_log where event = id) as last_line
                          from event where running and change_kind = :kind""")
                .param("kind", kind)
                .query((row, number) -> work(row))
                .list();
    }

    /** Counts another attempt at a running event; empty when it has ended. */
    Optional<Work> attempt(String id, String instance) {
        return database.sql("""
                        update event set attempts = attempts + 1, instance = :instance where id = :id and running
                        returning id, change_kind, change, attempts,
                                  (select coalesce(max(number), 0) from event_log where event = id) as last_line""")
                .param("id", id)
                .param("instance", instance)
                .query((row, number) -> work(row))
                .optional();
    }

    /** Takes back that an attempt was counted: it was broken off on purpose. */
    void uncount(String id) {
        database.sql("update event set attempts = greatest(attempts - 1, 0) where id = :id and running")
                .param("id", id)
                .update();
    }

    private static Work work(ResultSet row) throws SQLException {
        return new Work(
                row.getString("id"),
                row.getString("change_kind"),
                row.getBytes("change"),
                row.getInt("attempts"),
                row.getInt("last_line"));
    }

    /** Ends a running event and unlocks what it locked; false when it had ended before. */
    boolean end(String id, String error) {
        return database.sql("""
                        with ended as (
                            update event
                               set running = false, ended_at = clock_timestamp(), error = :error, change = null
                             where id = :id and running
                         returning id),
                             unlocked as (delete from target_lock where event in (select id from ended))
                        select count(*) from ended""")
                        .param("id", id)
                        .param("error", cut(error, LONGEST_ERROR))
                        .query(Integer.class)
                        .single()
                == 1;
    }

    /** Says that those who have these events, which lock nothing, are there. */
    void keep(Collection<String> ids, Duration patience) {
        if (ids.isEmpty()) {
            return;
        }
        database.sql("""
                        update event set kept_until = now() + make_interval(secs => :seconds)
                         where id = any(:ids) and running""")
                .param("ids", ids.toArray(String[]::new))
                .param("seconds", patience.toSeconds())
                .update();
    }

    /** The running events that lock nothing, and that nobody has any more. */
    List<String> lost() {
        return database.sql("select id from event where running and kept_until < now() limit 100")
                .query(String.class)
                .list();
    }

    /** Keeps what is left to do for a running event. */
    void putChange(String id, String kind, byte[] encrypted) {
        database.sql("update event set change_kind = :kind, change = :change where id = :id")
                .param("kind", kind)
                .param("change", encrypted)
                .param("id", id)
                .update();
    }

    void putEndData(String id, Object data) {
        String written = json.write(data);
        database.sql("update event set end_data = :data::jsonb where id = :id")
                .param(
                        "data",
                        written.length() <= MOST_END_DATA
                                ? written
                                : json.write(Map.of("cut", "there were " + written.length() + " characters")))
                .param("id", id)
                .update();
    }

    /** Asks to cancel; false when it was asked before, or the event has ended. */
    boolean askCancel(String id, String owner, String reason) {
        return database.sql("""
                        update event
                           set cancel_asked_at = clock_timestamp(), cancel_owner = :owner, cancel_reason = left(:reason, 4096)
                         where id = :id and running and cancelable and cancel_asked_at is null""")
                        .param("id", id)
                        .param("owner", owner)
                        .param("reason", reason)
                        .update()
                == 1;
    }

    boolean cancelAsked(String id) {
        return database.sql("select cancel_asked_at is not null from event where id = :id")
                .param("id", id)
                .query(Boolean.class)
                .optional()
                .orElse(false);
    }

    /** Which of them somebody asked to cancel. */
    List<String> cancelAsked(Collection<String> ids) {
        return database.sql("select id from event where id = any(:ids) and running and cancel_asked_at is not null")
                .param("ids", ids.toArray(String[]::new))
                .query(String.class)
                .list();
    }

    void acknowledgeCancel(String id) {
        database.sql("update event set cancel_acknowledged_at = clock_timestamp() where id = :id")
                .param("id", id)
                .update();
    }

    /** What kinds of events there are, by type and name. */
    List<EventView.Kind> kinds() {
        return database.sql("select distinct kind_type, kind from event order by kind_type, kind")
                .query((row, number) -> new EventView.Kind(row.getString("kind_type"), row.getString("kind")))
                .list();
    }

    /** An event that a list shows, and about how many bytes it takes. */
    record Listed(String id, long size) {}

    /** Events that a filter lets through, newest first unless it says otherwise. */
    List<Listed> list(EventFilter filter) {
        var statement = database.sql("select id, " + SIZE + " as size from event where " + filter.where() + " order by "
                + filter.order() + " limit :limit offset :skip");
        for (var parameter : filter.parameters().entrySet()) {
            statement = statement.param(parameter.getKey(), parameter.getValue());
        }
        return statement
                .param("limit", filter.limit())
                .param("skip", filter.skip())
                .query((row, number) -> new Listed(row.getString("id"), row.getLong("size")))
                .list();
    }

    /** The events of those ids that there are, in no order. */
    List<Event> find(Collection<String> ids) {
        return database.sql("select " + COLUMNS + " from event where id = any(:ids)")
                .param("ids", ids.toArray(String[]::new))
                .query(this::event)
                .list();
    }

    /** Puts a new value in place of a context's in the contexts that decide who may see and cancel events. */
    void rename(Context context, String newValue) {
        for (String column : List.of("allowed", "allowed_cancel")) {
            database.sql("update event set " + column + " = jsonb_set(" + column + """
                            , '{contexts}', (
                                   select jsonb_agg(case when c = jsonb_build_object('type', :type::text, 'value', :value::text)
                                                         then jsonb_build_object('type', :type::text, 'value', :newValue::text)
                                                         else c end)
                                     from jsonb_array_elements(""" + column
                            + "->'contexts') c)) where " + column + """
                            ->'contexts' @> jsonb_build_array(jsonb_build_object('type', :type::text, 'value', :value::text))""")
                    .param("type", context.type().wireName())
                    .param("value", context.value())
                    .param("newValue", newValue)
                    .update();
        }
    }

    private Event event(ResultSet row, int number) throws SQLException {
        return new Event(
                row.getString("id"),
                row.getString("kind"),
                row.getString("kind_type"),
                new Target(row.getString("target_type"), row.getString("target_value")),
                json.read(row.getString("extra_targets"), new TypeReference<List<Target>>() {}),
                row.getString("owner_type"),
                row.getString("owner_name"),
                row.getString("source_ip"),
                row.getString("request_id"),
                json.read(row.getString("allowed"), new TypeReference<Event.Allowed>() {}),
                json.read(row.getString("allowed_cancel"), new TypeReference<Event.Allowed>() {}),
                tree(row.getString("start_data")),
                row.getString("other_data") == null ? null : tree(row.getString("other_data")),
                row.getString("end_data") == null ? null : tree(row.getString("end_data")),
                row.getBoolean("cancelable"),
                instant(row.getTimestamp("cancel_asked_at")),
                instant(row.getTimestamp("cancel_acknowledged_at")),
                row.getString("cancel_owner"),
                row.getString("cancel_reason"),
                row.getString("instance"),
                row.getBoolean("running"),
                row.getString("error"),
                row.getTimestamp("started_at").toInstant(),
                instant(row.getTimestamp("ended_at")));
    }

    private static @Nullable Instant instant(@Nullable Timestamp time) {
        return time == null ? null : time.toInstant();
    }

    private com.fasterxml.jackson.databind.JsonNode tree(String text) {
        return json.read(text, new TypeReference<com.fasterxml.jackson.databind.JsonNode>() {});
    }
}
