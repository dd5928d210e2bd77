-- Whether a summary of a booking is ordered or being written: asked for at each change of a booking, over the open jobs only.
CREATE INDEX idx_worker_jobs_open_summaries ON worker_jobs ((payload->>'bookingId'), status)
  WHERE "jobType" = 'generate-summary' AND status IN ('pending', 'processing');
