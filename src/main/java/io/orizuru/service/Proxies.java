package io.orizuru.service;

import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.outgoing.Answer;
import io.orizuru.outgoing.Content;
import io.orizuru.outgoing.Door;
import io.orizuru.outgoing.OutgoingFailure;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;

/** Requests that people send to services through us: with the service's own name and password, which they do not see. */
@ApplicationScoped
class Proxies {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final long LONGEST_ANSWER = 4L << 20;
    private static final int LONGEST_REQUEST = 1 << 20;

    private final Services services;
    private final Instances instances;
    private final ServiceApi api;
    private final Door door;
    private final Events events;

    Proxies(Services services, Instances instances, ServiceApi api, Door door, Events events) {
        this.services = services;
        this.instances = instances;
        this.api = api;
        this.door = door;
        this.events = events;
    }

    /** Passes a request on that changes nothing. */
    Answer get(Call call, Service service, String instance, String path) {
        Passing passing = new Passing(service.name(), instance, "GET", path, "", new byte[0]);
        return pass(passing, new Origin(call.caller().name(), ""));
    }

    /** Accepts a request that may change something; answers the event's id. */
    String accept(Call call, Subject subject, Passing passing) {
        if (passing.body().length > LONGEST_REQUEST) {
            throw Failure.tooLarge("the body has " + passing.body().length + " bytes, more than the " + LONGEST_REQUEST
                    + " that are passed on");
        }
        // Without the query, which may hold secrets.
        String path = passing.path().replaceFirst("\\?.*", "");
        Data data = Data.of("method", passing.method()).with("callback", path);
        return events.accept(call, subject, data, event -> new Accepted(passing, List.of()));
    }

    Answer pass(Passing passing, Origin origin) {
        Service service = services.find(passing.service());
        String pool = passing.instance().isEmpty()
                ? ""
                : instances.find(passing.service(), passing.instance()).pool();
        io.orizuru.outgoing.Call call;
        try {
            call = api.call(service, pool, passing.method(), passing.path(), origin)
                    .timeout(LIMIT)
                    .silence(LIMIT)
                    .answerLimit(LONGEST_ANSWER);
            if (passing.body().length > 0) {
                String type = passing.contentType().isEmpty() ? "application/octet-stream" : passing.contentType();
                call = call.content(Content.bytes(type, passing.body()));
            }
        } catch (IllegalArgumentException e) {
            throw Failure.invalid("the request cannot be passed on: " + e.getMessage());
        }
        io.orizuru.outgoing.Call whole = call;
        return api.bounded(service, () -> {
            try {
                return door.call(whole);
            } catch (OutgoingFailure e) {
                throw ServiceApi.noAnswer(service, e);
            }
        });
    }
}
