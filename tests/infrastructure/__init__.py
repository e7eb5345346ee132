"""The real things that tests run against: PostgreSQL, RabbitMQ, networks that break, processes."""
