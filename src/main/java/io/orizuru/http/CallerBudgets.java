package io.orizuru.http;

import io.orizuru.limit.Budget;
import io.orizuru.limit.RateLimits;
import io.orizuru.secret.Tokens;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which of its caller's budgets a request counts against, and the answer when one is spent. */
@ApplicationScoped
class CallerBudgets {
    private final RateLimits limits;
    private final Tokens tokens;

    CallerBudgets(RateLimits limits, Tokens tokens) {
        this.limits = limits;
        this.tokens = tokens;
    }

    /** What is counted before anybody knows who asks: so that guessing a token or a password counts as well. */
    @Nullable
    Response refusal(OperationDescriptor operation, String address, ContainerRequestContext request) {
        if (operation.cost() == Api.Cost.NONE
                && request.getUriInfo().getRequestUri().getRawQuery() == null) {
            return null;
        }
        String who = RateLimits.addressKey(address);
        Response refused = refusal(Budget.ADDRESS, who, whileAway(operation));
        return refused == null && operation.cost() == Api.Cost.PASSWORD
                ? refusal(Budget.LOGIN, who, RateLimits.WhileAway.REFUSE)
                : refused;
    }

    /** What is counted of a token that is somebody's. */
    @Nullable
    Response refusal(OperationDescriptor operation, String token) {
        return refusal(Budget.TOKEN, HexFormat.of().formatHex(tokens.hash(token)), whileAway(operation));
    }

    /** What answers everybody must also answer without the database, the health check above all; no log-in can. */
    private static RateLimits.WhileAway whileAway(OperationDescriptor operation) {
        return operation.open() && operation.cost() != Api.Cost.PASSWORD
                ? RateLimits.WhileAway.COUNT_HERE
                : RateLimits.WhileAway.REFUSE;
    }

    private @Nullable Response refusal(Budget budget, String who, RateLimits.WhileAway whileAway) {
        Optional<Duration> wait = limits.take(budget, who, whileAway);
        return wait.map(time -> Answers.tooMany(budget.what(), time)).orElse(null);
    }
}
