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
        Response refused = refusal(Budget.ADDRESS, who);
        return refused == null && operation.cost() == Api.Cost.PASSWORD ? refusal(Budget.LOGIN, who) : refused;
    }

    /** What is counted of a token that is somebody's. */
    @Nullable
    Response refusal(String token) {
        return refusal(Budget.TOKEN, HexFormat.of().formatHex(tokens.hash(token)));
    }

    private @Nullable Response refusal(Budget budget, String who) {
        Optional<Duration> wait = limits.take(budget, who);
        return wait.map(time -> Answers.tooMany(budget.what(), time)).orElse(null);
    }
}
