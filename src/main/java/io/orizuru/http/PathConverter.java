package io.orizuru.http;

import io.orizuru.db.Database;
import io.orizuru.failure.Failure;
import jakarta.ws.rs.ext.ParamConverter;
import jakarta.ws.rs.ext.ParamConverterProvider;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** Turns a path segment into the object it names; that it is not there is said before anything else is looked at. */
public abstract class PathConverter<T> implements ParamConverterProvider {
    private final Class<T> type;
    private final Function<String, T> find;
    private final Function<T, String> name;

    protected PathConverter(Class<T> type, Function<String, T> find, Function<T, String> name) {
        this.type = type;
        this.find = find;
        this.name = name;
    }

    @Override
    @SuppressWarnings("unchecked") // The types were compared.
    public <P> @Nullable ParamConverter<P> getConverter(Class<P> wanted, Type generic, Annotation[] annotations) {
        return wanted == type ? (ParamConverter<P>) new Converter() : null;
    }

    private final class Converter implements ParamConverter<T> {
        @Override
        public T fromString(String text) {
            try {
                return find.apply(text);
            } catch (Failure failure) {
                throw new FailureInPath(failure);
            } catch (DataAccessException | TransactionException e) {
                if (Database.isAway(e)) {
                    throw new FailureInPath(Failure.unavailable(FailureAnswers.DATABASE_AWAY));
                }
                throw Database.refusedValue(e)
                        .<RuntimeException>map(refused -> new FailureInPath(Failure.invalid(refused)))
                        .orElse(e);
            }
        }

        @Override
        public String toString(T value) {
            return name.apply(value);
        }
    }
}
