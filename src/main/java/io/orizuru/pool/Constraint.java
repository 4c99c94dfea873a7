package io.orizuru.pool;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.compute.Glob;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What belongs into pools.
 *
 * @param poolExpression which pools, {@code *} stands for anything
 * @param field {@code team}, {@code router}, {@code service}, {@code plan}, {@code volume-plan} or {@code cert-issuer}
 * @param values what is let in, {@code *} stands for anything
 * @param blacklist whether {@code values} is what is kept out instead
 */
public record Constraint(
        @JsonProperty("PoolExpr") String poolExpression,
        @JsonProperty("Field") String field,
        @JsonProperty("Values") List<String> values,
        @JsonProperty("Blacklist") boolean blacklist) {

    /** The most specific first: the longest expression, then the one with the fewest stars. */
    static final Comparator<Constraint> MOST_SPECIFIC = Comparator.comparingInt(
                    (Constraint constraint) -> -constraint.poolExpression.length())
            .thenComparingLong(constraint ->
                    constraint.poolExpression.chars().filter(c -> c == '*').count());

    public Constraint {
        values = List.copyOf(values);
    }

    /** With values that are not among its own yet. */
    Constraint with(Collection<String> more) {
        return new Constraint(
                poolExpression,
                field,
                Stream.concat(values.stream(), more.stream()).distinct().toList(),
                blacklist);
    }

    boolean isFor(String pool) {
        return Glob.matches(poolExpression, pool);
    }

    boolean letsIn(String value) {
        return blacklist != values.stream().anyMatch(pattern -> Glob.matches(pattern, value));
    }

    List<String> letIn(Collection<String> all) {
        return all.stream().filter(this::letsIn).toList();
    }
}
