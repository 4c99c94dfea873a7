package io.orizuru.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.access.Caller;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.inject.Provider;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Answers a request that repeats an earlier one, by its {@code Idempotency-Key}, with what came of that one. Only what was
 * done is kept: a request that failed without doing anything is tried anew when it is repeated.
 *
 * <p>Runs after the permission was looked at. Callers without a name have no keys: there is nobody to keep them for.
 */
@Audited
@Interceptor
@Priority(Interceptor.Priority.APPLICATION + 100)
class RepeatedRequests {
    private static final String HEADER = "Idempotency-Key";
    private static final Pattern SANE = Pattern.compile("[\\x20-\\x7e]{1,255}");
    private static final Pattern APP = Pattern.compile("/apps/([^/]+)");
    private static final int UNPROCESSABLE = 422;

    private final Calls calls;
    private final Provider<RoutingContext> routing;
    private final KeyedRequest request;
    private final IdempotencyKeys keys;
    private final KeyHolders holders;
    private final EventStreams streams;
    private final ObjectMapper json;

    RepeatedRequests(
            Calls calls,
            Provider<RoutingContext> routing,
            KeyedRequest request,
            IdempotencyKeys keys,
            KeyHolders holders,
            EventStreams streams,
            ObjectMapper json) {
        this.calls = calls;
        this.routing = routing;
        this.request = request;
        this.keys = keys;
        this.holders = holders;
        this.streams = streams;
        this.json = json;
    }

    /** The app that the path names, or empty. */
    private String app() {
        Matcher path = APP.matcher(routing.get().request().path());
        return path.find() ? path.group(1) : "";
    }

    @AroundInvoke
    Object answer(InvocationContext invocation) throws Exception {
        Optional<IdempotencyKeys.Key> key =
                key(routing.get().request(), calls.current().caller(), holders, invocation.getParameters());
        Object answer = key.isPresent() ? answerOnce(invocation, key.get()) : invocation.proceed();
        EventFailPoints.BEFORE_ANSWER.hit(app());
        return answer;
    }

    /**
     * A request's key; none when it has none, or nobody to keep it for.
     *
     * @param parameters of the operation; its body is among them when it takes one
     */
    static Optional<IdempotencyKeys.Key> key(
            HttpServerRequest http, Caller caller, KeyHolders holders, Object[] parameters) {
        List<String> given = http.headers().getAll(HEADER);
        if (given.isEmpty() || caller.isAnonymous()) {
            return Optional.empty();
        }
        if (given.size() > 1 || !SANE.matcher(given.getFirst()).matches()) {
            throw Failure.invalid("the header " + HEADER + " is not one value of 1 to 255 printable ASCII characters");
        }
        return Optional.of(new IdempotencyKeys.Key(
                holders.of(caller), given.getFirst(), digest(http, parameters), KeyHolders.rights(caller)));
    }

    private Object answerOnce(InvocationContext invocation, IdempotencyKeys.Key key) throws Exception {
        Optional<IdempotencyKeys.Outcome> before = keys.find(key);
        if (before.isPresent()) {
            return repeated(invocation, key, before.get());
        }
        request.begin(key);
        try {
            return completed(invocation.proceed());
        } catch (IdempotencyKeys.Repeated e) {
            return keys.find(key)
                    .map(outcome -> repeated(invocation, key, outcome))
                    .orElseThrow(() -> Failure.conflict("another request with this " + HEADER + " is under way"));
        } catch (Failure failure) {
            // It may be the success of the first request, meanwhile, that lets this one fail.
            request.abandon();
            return keys.find(key)
                    .map(outcome -> repeated(invocation, key, outcome))
                    .orElseThrow(() -> failure);
        } finally {
            request.abandon();
        }
    }

    private static String digest(HttpServerRequest http, Object[] parameters) {
        StringBuilder all = new StringBuilder(http.method() + " " + http.uri());
        for (Object argument : parameters) {
            if (argument instanceof Body body) {
                all.append(' ').append(body.digest());
            }
        }
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(all.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every Java has it.
        }
    }

    /** What was done at once is kept with its answer, which is written here so that all get the same. */
    private Object completed(Object returned) {
        if (!request.awaitsAnswer()) {
            return returned;
        }
        if (!(returned instanceof Response response)) {
            throw new IllegalStateException("an audited operation answers with a Response, not with " + returned);
        }
        Map<String, List<String>> headers = new TreeMap<>(response.getStringHeaders());
        IdempotencyKeys.Answer answer =
                new IdempotencyKeys.Answer(response.getStatus(), headers, written(response.getEntity()));
        request.complete(answer);
        return response(answer);
    }

    private @Nullable String written(@Nullable Object entity) {
        if (entity == null || entity instanceof String) {
            return (String) entity;
        }
        try {
            return json.writeValueAsString(entity);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON: " + entity.getClass(), e);
        }
    }

    private Object repeated(InvocationContext invocation, IdempotencyKeys.Key key, IdempotencyKeys.Outcome outcome) {
        if (!outcome.digest().equals(key.digest())) {
            return Answers.text(
                    UNPROCESSABLE,
                    "the " + HEADER + " \"" + key.value() + "\" was used for another request (event " + outcome.event()
                            + "); a key belongs to one method, path and body");
        }
        if (!outcome.isFor(key)) {
            throw refusedNow(outcome);
        }
        Audited audited = invocation.getMethod().getAnnotation(Audited.class);
        return answer(
                outcome,
                event -> audited == null || audited.deployText().isEmpty()
                        ? streams.json(event)
                        : streams.deployText(event, audited.deployText()));
    }

    /** What was answered then, a token's value it may be, is for those who still may what the caller might. */
    static Failure refusedNow(IdempotencyKeys.Outcome outcome) {
        return Failure.forbidden("this request was done before, as the event " + outcome.event()
                + "; its answer is not shown again: you had permissions then that you do not have now");
    }

    /** @param stream what an event prints, as the operation answers it */
    static Response answer(IdempotencyKeys.Outcome outcome, Function<String, Response> stream) {
        IdempotencyKeys.Answer answer = outcome.answer();
        return answer == null ? stream.apply(outcome.event()) : response(answer);
    }

    private static Response response(IdempotencyKeys.Answer answer) {
        Response.ResponseBuilder builder = Response.status(answer.status()).entity(answer.body());
        answer.headers().forEach((name, values) -> values.forEach(value -> builder.header(name, value)));
        return builder.build();
    }
}
