package io.orizuru.user;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The public keys that people are known by where no token can be sent. */
@ApplicationScoped
class SshKeys {
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}/]{1,100}");
    private static final int MOST = 100;

    private final KeyStore store;
    private final Events events;

    SshKeys(KeyStore store, Events events) {
        this.store = store;
        this.events = events;
    }

    Map<String, String> list(Call call) {
        return store.keys(owner(call));
    }

    /** Adds a key of the caller. With {@code force} it takes the place of the one of that name. */
    void add(Call call, String name, String line, boolean force) {
        String email = owner(call);
        if (!NAME.matcher(name).matches()) {
            throw Failure.invalid("keyname: a key needs a name of at most 100 characters, without a slash");
        }
        SshKey key = SshKey.parse(line);
        Data data = Data.of("keyname", name).with("fingerprint", key.fingerprint());
        events.perform(call, subject(email), data, () -> {
            Optional<KeyStore.Owner> owner = store.owner(key.fingerprint());
            if (owner.isPresent() && !owner.get().equals(new KeyStore.Owner(email, name))) {
                throw Failure.conflict(
                        owner.get().email().equals(email)
                                ? "this key is already there as \""
                                        + owner.get().name() + "\""
                                : "this key is already somebody's; make another one");
            }
            Map<String, String> present = store.keys(email);
            if (force) {
                store.delete(email, name);
            } else if (present.containsKey(name)) {
                throw Failure.conflict(
                        "there is a key named \"" + name + "\" already; force puts this one in its place");
            }
            if (present.size() >= MOST && !present.containsKey(name)) {
                throw Failure.invalid("nobody has more than " + MOST + " keys; remove one first");
            }
            if (!store.insert(email, name, key)) {
                throw Failure.conflict("the key was added by somebody else at this moment");
            }
        });
    }

    void remove(Call call, String name) {
        String email = owner(call);
        events.perform(call, subject(email), Data.of("keyname", name), () -> {
            if (!store.delete(email, name)) {
                throw Failure.notFound("there is no key named \"" + name + "\"");
            }
        });
    }

    private static Subject subject(String email) {
        return Subject.of("user", email, Context.user(email));
    }

    private static String owner(Call call) {
        if (call.caller().type() != Caller.Type.USER) {
            throw Failure.invalid("invalid email: only a user has keys");
        }
        return call.caller().name();
    }
}
