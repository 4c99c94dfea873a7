package io.orizuru.service;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.orizuru.failure.Failure;
import io.orizuru.limit.FairShare;
import io.orizuru.outgoing.Answer;
import io.orizuru.outgoing.Call;
import io.orizuru.outgoing.Door;
import io.orizuru.outgoing.OutgoingFailure;
import io.orizuru.pool.Pools;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What services are asked for: the service API, with the name and password of each. An answer of any status is an answer; that
 * there is none is a {@link Failure}, and whether the service did something then is not known.
 */
@ApplicationScoped
class ServiceApi {
    /** How long a service may take. */
    enum Patience {
        /** For what changes something: a service may have to make a machine. */
        WORK(Duration.ofMinutes(5)),
        /** For a look at something. */
        LOOK(Duration.ofSeconds(10));

        private final Duration limit;

        Patience(Duration limit) {
            this.limit = limit;
        }
    }

    private static final long LONGEST_ANSWER = 1L << 20;
    private static final int SHOWN = 1000;

    /** One slow service must not keep the calls to others waiting, and all of them not the operations of apps. */
    private static final int AT_ONCE = 64;

    /** One team's services must not keep those of others waiting. */
    private static final int OF_ONE_TEAM = 16;

    private static final int OF_ONE_SERVICE = 8;
    /** Of calls to one service. */
    private static final int MOST_WAITING = 128;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Services are others' programs: what they answer takes little more room as a tree than as text, and leaves nothing behind. */
    private static final ObjectMapper ANSWERS = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxTokenCount(20_000)
                            .maxNestingDepth(20)
                            .maxNameLength(1024)
                            .build())
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build())
            .build();

    private final Door door;
    private final ServiceStore services;
    private final Pools pools;
    private final FairShare calls = new FairShare(AT_ONCE, OF_ONE_TEAM);
    private final FairShare callsOf = new FairShare(Integer.MAX_VALUE, OF_ONE_SERVICE);

    ServiceApi(Door door, ServiceStore services, Pools pools) {
        this.door = door;
        this.services = services;
        this.pools = pools;
    }

    /** A plan, as its service describes it. */
    record OfferedPlan(String name, String description) {}

    Said create(Service service, Instance instance, Origin origin) {
        Form form = new Form().with("name", instance.name());
        return said(work(service, instance.pool(), "POST", "/resources", described(form, instance, origin), origin));
    }

    Said update(Service service, Instance instance, Origin origin) {
        return said(work(
                service,
                instance.pool(),
                "PUT",
                "/resources/" + part(instance.name()),
                described(new Form(), instance, origin),
                origin));
    }

    private static Form described(Form form, Instance instance, Origin origin) {
        form.with("team", instance.teamOwner()).with("user", origin.user()).with("eventid", origin.event());
        form.with("tags", instance.tags()).with("tag", instance.tags());
        if (!instance.plan().isEmpty()) {
            form.with("plan", instance.plan());
        }
        if (!instance.description().isEmpty()) {
            form.with("description", instance.description());
        }
        return form.parameters(instance.parameters());
    }

    Said remove(Service service, Instance instance, Origin origin, Patience patience) {
        Form form = new Form().with("user", origin.user()).with("eventid", origin.event());
        String place = "/resources/" + part(instance.name());
        return said(ask(service, instance.pool(), "DELETE", place, form, origin, patience));
    }

    /**
     * What binding an app gave.
     *
     * @param variables empty unless it went well
     */
    record Granted(Said said, Map<String, String> variables) {}

    /** Binds an app; services from before apps were bound as a whole bind it by the address of units. */
    Granted bindApp(
            Service service, Instance instance, AppDescription app, Map<String, JsonNode> parameters, Origin origin) {
        Form form = app.in(new Form()).parameters(parameters);
        form.with("user", origin.user()).with("eventid", origin.event());
        String place = "/resources/" + part(instance.name());
        Answer answer = work(service, instance.pool(), "POST", place + "/bind-app", form, origin);
        if (said(answer).missing()) {
            answer = work(service, instance.pool(), "POST", place + "/bind", form, origin);
        }
        Said said = said(answer);
        return new Granted(said, said.good() ? variables(answer) : Map.of());
    }

    private Map<String, String> variables(Answer answer) {
        Map<String, String> variables = new TreeMap<>();
        if (!answer.text().isBlank()) {
            for (Map.Entry<String, JsonNode> field : tree(answer).properties()) {
                variables.put(
                        field.getKey(),
                        field.getValue().isContainerNode()
                                ? field.getValue().toString()
                                : field.getValue().asText());
            }
        }
        return variables;
    }

    Said unbindApp(Service service, Instance instance, AppDescription app, Origin origin, Patience patience) {
        Form form = app.in(new Form()).with("user", origin.user()).with("eventid", origin.event());
        String place = "/resources/" + part(instance.name()) + "/bind-app";
        return said(ask(service, instance.pool(), "DELETE", place, form, origin, patience));
    }

    /** Tells that units of an app are on a host, or are there no more. */
    Said unit(Service service, Instance instance, AppDescription app, String host, boolean there) {
        Form form = app.in(new Form()).with("unit-host", host);
        String place = "/resources/" + part(instance.name()) + "/bind";
        String method = there ? "POST" : "DELETE";
        return said(ask(service, instance.pool(), method, place, form, Origin.LOOK, Patience.LOOK));
    }

    /** How an instance is, in a word or some. */
    String status(Service service, Instance instance) {
        Answer answer = look(service, instance.pool(), "/resources/" + part(instance.name()) + "/status");
        return switch (answer.status()) {
            case 200 -> shown(answer.text());
            case 202 -> "pending";
            case 204 -> "up";
            case 404 -> "not implemented for this service";
            case 500 -> "down";
            default ->
                throw Failure.upstream("the service \"" + service.name() + "\" does not tell the status of "
                        + instance.name() + ": " + said(answer).reason());
        };
    }

    /** What a service tells of an instance, by label; empty when it tells nothing. */
    Map<String, String> info(Service service, Instance instance) {
        Answer answer = look(service, instance.pool(), "/resources/" + part(instance.name()));
        Map<String, String> info = new LinkedHashMap<>();
        if (answer.status() == 200 && !answer.text().isBlank()) {
            tree(answer)
                    .forEach(item -> info.put(
                            item.path("label").asText(), item.path("value").asText()));
        }
        return info;
    }

    /** @param pool for services of several clusters; else empty */
    List<OfferedPlan> plans(Service service, String pool) {
        Answer answer = look(service, pool, "/resources/plans");
        if (answer.status() == 404) {
            return List.of();
        }
        if (answer.status() != 200) {
            throw Failure.upstream("the service \"" + service.name() + "\" does not tell its plans: "
                    + said(answer).reason());
        }
        List<OfferedPlan> plans = new ArrayList<>();
        tree(answer)
                .forEach(plan -> plans.add(new OfferedPlan(
                        plan.path("name").asText(), plan.path("description").asText())));
        return plans;
    }

    private JsonNode tree(Answer answer) {
        try {
            return ANSWERS.readTree(answer.text());
        } catch (JsonProcessingException e) {
            throw Failure.upstream("the service answered with something that is no JSON");
        }
    }

    private Answer look(Service service, String pool, String path) {
        return ask(service, pool, "GET", path, null, Origin.LOOK, Patience.LOOK);
    }

    private Answer work(Service service, String pool, String method, String path, Form form, Origin origin) {
        return ask(service, pool, method, path, form, origin, Patience.WORK);
    }

    private Answer ask(
            Service service,
            String pool,
            String method,
            String path,
            @Nullable Form form,
            Origin origin,
            Patience patience) {
        Call call = call(service, pool, method, path, origin)
                .header("Accept", "application/json")
                .timeout(patience.limit)
                .silence(patience.limit)
                .answerLimit(LONGEST_ANSWER);
        Call whole = form == null ? call : call.content(form.content());
        return bounded(service, () -> {
            try {
                return door.call(whole);
            } catch (OutgoingFailure e) {
                throw noAnswer(service, e);
            }
        });
    }

    /** A call to a service, with what it must know of us. */
    Call call(Service service, String pool, String method, String path, Origin origin) {
        Call call = Call.of(method, service.endpoint() + path)
                .basic(service.username(), services.password(service.name()))
                .redirects(0);
        if (!origin.user().isEmpty()) {
            call = call.header("X-Tsuru-User", origin.user().replaceAll("[^\\x20-\\x7e]", "?"));
        }
        if (!origin.event().isEmpty()) {
            call = call.header("X-Tsuru-Eventid", origin.event());
        }
        if (!pool.isEmpty()) {
            call = call.header("X-Tsuru-Pool-Name", pool)
                    .header("X-Tsuru-Pool-Provisioner", pools.provisionerOf(pools.find(pool)));
        }
        return call;
    }

    /** Something that is asked of a service. */
    interface Asking<T> {
        T ask();
    }

    /** @throws Failure when the service has as many calls under way as it may have, for longer than one waits */
    <T> T bounded(Service service, Asking<T> asking) {
        if (callsOf.waiting(service.name()) >= MOST_WAITING) {
            throw busy(service);
        }
        try (FairShare.Place own = callsOf.ask(service.name())) {
            if (!own.await(PATIENCE)) {
                throw busy(service);
            }
            try (FairShare.Place place = calls.ask(service.teamOwner())) {
                if (!place.await(PATIENCE)) {
                    throw busy(service);
                }
                return asking.ask();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    private static Failure busy(Service service) {
        return Failure.unavailable("the service \"" + service.name()
                + "\" has so many calls under way that this one did not get its turn; try again later");
    }

    static Failure noAnswer(Service service, OutgoingFailure why) {
        return Failure.upstream("the service \"" + service.name() + "\" did not answer: " + why.getMessage());
    }

    private static Said said(Answer answer) {
        return new Said(answer.status(), shown(answer.text()));
    }

    private static String shown(String text) {
        String printable = text.strip().replaceAll("[\\p{Cntrl}&&[^\n\t]]", "?");
        return printable.length() <= SHOWN ? printable : printable.substring(0, SHOWN) + "…";
    }

    /** One segment of a path. */
    static String part(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
