package io.orizuru.http;

import io.orizuru.db.Database;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.core.Response;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** The one place where a failure becomes an answer. What is no {@link Failure} is a defect: 500, an id, one stack trace. */
@ApplicationScoped
class FailureAnswers {
    private static final Logger LOG = Logger.getLogger(FailureAnswers.class);

    static final String DATABASE_AWAY = "the database does not answer, try again in a moment";

    private static final String DATABASE_FULL =
            "the disk of the database is full, so nothing was changed: remove files from it, or give it more room";

    private final SecureRandom random;
    private final Calls calls;
    private final Instance<EarlierAnswers> earlier;

    FailureAnswers(SecureRandom random, Calls calls, Instance<EarlierAnswers> earlier) {
        this.random = random;
        this.calls = calls;
        this.earlier = earlier;
    }

    static int status(Failure.Kind kind) {
        return switch (kind) {
            case INVALID -> 400;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN, QUOTA_EXCEEDED -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT, LOCKED -> 409;
            case GONE -> 410;
            case PRECONDITION -> 412;
            case TOO_LARGE -> 413;
            case TOO_MANY -> 429;
            case UPSTREAM -> 502;
            case UNAVAILABLE -> 503;
            case DISK_FULL -> 507;
        };
    }

    @ServerExceptionMapper
    public Response failure(Failure failure) {
        Response answer = Answers.text(status(failure.kind()), failure.message());
        if (!failure.retryAfter().isZero()) {
            return Response.fromResponse(answer)
                    .header("Retry-After", Math.max(1, failure.retryAfter().toSeconds()))
                    .build();
        }
        return failure.kind() == Failure.Kind.UNAVAILABLE ? retryLater(answer) : answer;
    }

    @ServerExceptionMapper
    public Response failureInPath(FailureInPath wrapped) {
        Failure failure = wrapped.failure();
        try {
            return failure.kind() == Failure.Kind.NOT_FOUND
                    ? earlier.get().of(calls.current()).orElseGet(() -> failure(failure))
                    : failure(failure);
        } catch (Failure other) {
            return failure(other);
        } catch (DataAccessException | TransactionException e) {
            return database(e);
        }
    }

    @ServerExceptionMapper
    public Response notFound(NotFoundException e) {
        return Answers.unknownPath();
    }

    @ServerExceptionMapper
    public Response notAllowed(NotAllowedException e) {
        return Answers.unknownPath();
    }

    @ServerExceptionMapper
    public Response notAcceptable(NotAcceptableException e) {
        return Answers.text(406, "what the Accept header asks for cannot be produced here");
    }

    @ServerExceptionMapper
    public Response notSupported(NotSupportedException e) {
        return Answers.text(415, "the Content-Type of the request is not understood here");
    }

    /** Whatever is left of the body is not waited for. */
    @ServerExceptionMapper({BodyLimit.SlowBody.class, BodyLimit.BrokenBody.class})
    public Response lateBody(RuntimeException e) {
        return Response.fromResponse(Answers.text(408, String.valueOf(e.getMessage())))
                .header("Connection", "close")
                .build();
    }

    @ServerExceptionMapper({DataAccessException.class, TransactionException.class})
    public Response database(Exception e) {
        return defect(e);
    }

    @ServerExceptionMapper
    public Response defect(Throwable e) {
        if (Database.isFull(e)) {
            LOG.errorf("the database's disk is full: %s", e.getMessage());
            return failure(Failure.diskFull(DATABASE_FULL));
        }
        if (Database.isAway(e)) {
            LOG.warnf("the database does not answer: %s", e.getMessage());
            return failure(Failure.unavailable(DATABASE_AWAY));
        }
        Optional<String> refused = Database.refusedValue(e);
        if (refused.isPresent()) {
            LOG.warnf("refused by the database and by nobody before: %s", e.getMessage());
            return failure(Failure.invalid(refused.get()));
        }
        byte[] bytes = new byte[6];
        random.nextBytes(bytes);
        String id = HexFormat.of().formatHex(bytes);
        LOG.errorf(e, "error %s", id);
        return Answers.text(500, "something went wrong on our side; the log has it as error " + id);
    }

    private static Response retryLater(Response answer) {
        return Response.fromResponse(answer).header("Retry-After", "2").build();
    }
}
