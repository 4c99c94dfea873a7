package io.orizuru.teamtoken;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.access.Grant;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.role.Assignments;
import io.orizuru.role.RoleGrant;
import io.orizuru.role.Roles;
import io.orizuru.secret.Tokens;
import io.orizuru.secret.Vault;
import io.orizuru.team.Teams;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The tokens of teams. Their values are found by hash, and kept encrypted because the API shows them again. */
@ApplicationScoped
public class TeamTokens {
    static final String NOT_FOUND = "team token not found";

    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9_@-]{0,79}");
    /** How clients write a time that is not set. */
    private static final Instant NEVER = Instant.parse("0001-01-01T00:00:00Z");
    /** A hundred years, in seconds: longer is "never". */
    private static final long LONGEST = 100L * 366 * 24 * 3600;

    private static final int SUFFIX_LENGTH = 5;

    private final TokenStore store;
    private final Teams teams;
    private final Roles roles;
    private final Assignments assignments;
    private final Events events;
    private final Tokens tokens;
    private final Vault vault;
    private final List<TokenUse> uses;

    TeamTokens(
            TokenStore store,
            Teams teams,
            Roles roles,
            Assignments assignments,
            Events events,
            Tokens tokens,
            Vault vault,
            @All List<TokenUse> uses) {
        this.store = store;
        this.teams = teams;
        this.roles = roles;
        this.assignments = assignments;
        this.events = events;
        this.tokens = tokens;
        this.vault = vault;
        this.uses = uses;
    }

    /**
     * What a new token is made from.
     *
     * @param id empty for one that is made from the team's name
     * @param team empty for the only one that the caller may make tokens for
     * @param expiresIn seconds; 0 or less for never
     */
    record NewToken(String id, String team, String description, long expiresIn) {}

    /**
     * What is to be different.
     *
     * @param description empty leaves it
     * @param expiresIn seconds from now; 0 leaves it, less is never
     */
    record TokenChange(String description, long expiresIn, boolean regenerate) {}

    /** A role of a token. */
    record HeldRole(String name, String contextValue) {}

    /** A token with its value, empty when the caller may not see it. */
    record Shown(TeamToken token, String value, List<HeldRole> roles) {
        Instant expiresAt() {
            return token.expiresAt() == null ? NEVER : token.expiresAt();
        }

        Instant lastAccess() {
            return token.lastAccess() == null ? NEVER : token.lastAccess();
        }
    }

    /** The caller of a token's hash, unless it has expired. */
    public Optional<Caller> authenticate(byte[] hash) {
        Optional<String> id = store.id(hash);
        id.ifPresent(store::touch);
        return id.map(token -> Caller.token(token, roles.permissionsOfToken(token)));
    }

    TeamToken require(String id) {
        return store.find(id).orElseThrow(TeamTokens::notThere);
    }

    private static Failure notThere() {
        return Failure.notFound(NOT_FOUND);
    }

    Shown create(Call call, NewToken wanted) {
        String team = wanted.team().isEmpty() ? onlyTeam(call) : wanted.team();
        call.require("team.token.create", List.of(Context.team(team)));
        String id = wanted.id().isEmpty() ? team + "-" + tokens.create().substring(0, SUFFIX_LENGTH) : wanted.id();
        if (!ID.matcher(id).matches()) {
            throw Failure.invalid("invalid token_id");
        }
        String value = tokens.create();
        TeamToken token = new TeamToken(
                id,
                team,
                wanted.description(),
                vault.encrypt(value, context(id)),
                call.caller().name(),
                Instant.EPOCH,
                null,
                null);
        Data data = Data.of("token_id", id)
                .with("team", team)
                .with("description", wanted.description())
                .with("expires_in", wanted.expiresIn());
        return events.perform(call, subject(team), data, () -> {
            if (teams.find(team).isEmpty()) {
                throw Failure.invalid("team not found");
            }
            if (!store.insert(token, tokens.hash(value), checkedLife(wanted.expiresIn()))) {
                throw Failure.conflict("team token already exists");
            }
            return new Shown(require(id), value, List.of());
        });
    }

    private static long checkedLife(long seconds) {
        if (seconds > LONGEST) {
            throw Failure.invalid("expires_in is " + seconds + ", more than " + LONGEST + " seconds; -1 is never");
        }
        return seconds;
    }

    private String onlyTeam(Call call) {
        Set<Context> places = call.caller().contextsOf("team.token.create");
        List<String> candidates = places.contains(Context.GLOBAL)
                ? teams.names()
                : places.stream()
                        .filter(place -> place.type() == ContextType.TEAM)
                        .map(Context::value)
                        .toList();
        if (candidates.size() == 1) {
            return candidates.getFirst();
        }
        if (candidates.isEmpty()) {
            throw Call.refused();
        }
        throw Failure.invalid("You must provide a team to execute this action.");
    }

    /** The tokens of all teams whose tokens the caller may read. */
    List<Shown> list(Call call) {
        Map<String, List<RoleGrant>> held = roles.rolesOfTokens();
        Map<String, List<String>> permissions = roles.permissionsByRole();
        return store.list(call.caller().contextsOf("team.token.read")).stream()
                .map(token -> show(call, token, held.getOrDefault(token.id(), List.of()), permissions))
                .toList();
    }

    Shown info(Call call, TeamToken token) {
        return show(call, token, roles.rolesOfToken(token.id()), roles.permissionsByRole());
    }

    /** Only who may all that the token may sees its value: whoever sees it can use it. */
    private Shown show(Call call, TeamToken token, List<RoleGrant> held, Map<String, List<String>> permissions) {
        List<Grant> given = held.stream()
                .flatMap(grant -> permissions.getOrDefault(grant.role(), List.of()).stream()
                        .map(permission -> new Grant(permission, grant.context())))
                .toList();
        boolean mayAll = call.caller().holdsAll(given);
        return new Shown(
                token,
                mayAll ? vault.decrypt(token.value(), context(token.id())) : "",
                held.stream()
                        .map(grant -> new HeldRole(grant.role(), grant.contextValue()))
                        .toList());
    }

    Shown update(Call call, TeamToken token, TokenChange change) {
        checkedLife(change.expiresIn());
        Data data = Data.of("token_id", token.id())
                .with("description", change.description())
                .with("expires_in", change.expiresIn())
                .with("regenerate", change.regenerate());
        return events.perform(call, subject(token.team()), data, () -> {
            require(token.id());
            if (!change.description().isEmpty()) {
                store.describe(token.id(), change.description());
            }
            if (change.expiresIn() != 0) {
                store.expire(token.id(), change.expiresIn());
            }
            if (change.regenerate()) {
                String value = tokens.create();
                store.replaceValue(token.id(), tokens.hash(value), vault.encrypt(value, context(token.id())));
            }
            return info(call, require(token.id()));
        });
    }

    void remove(Call call, TeamToken token) {
        events.perform(call, subject(token.team()), Data.of("token_id", token.id()), () -> {
            String actor = Caller.token(token.id(), List.of()).name();
            List<String> apps =
                    uses.stream().flatMap(use -> use.ownedBy(actor).stream()).toList();
            if (!apps.isEmpty()) {
                throw Failure.precondition(
                        "the token owns apps, which must get another owner or go first: " + String.join(", ", apps));
            }
            if (!store.delete(token.id())) {
                throw notThere();
            }
        });
    }

    void assign(Call call, String role, String id, String value) {
        assignments.assignToToken(call, role, id, value, () -> require(id));
    }

    void dissociate(Call call, String role, String id, String value) {
        assignments.dissociateFromToken(call, role, id, value, () -> require(id));
    }

    private static Subject subject(String team) {
        return Subject.of("team", team, Context.team(team));
    }

    private static String context(String id) {
        return "team-token/" + id;
    }
}
