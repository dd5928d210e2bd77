-- What retention is over for is found without reading what it has emptied before.
CREATE INDEX idx_bookings_sealed_start_time ON bookings ("startTime") WHERE "encryptedIntakeData" IS NOT NULL;
