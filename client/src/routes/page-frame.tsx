import { ErrorBoundary, type JSX, Suspense } from 'solid-js'
import { Button, buttonLook } from '../ui/button.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

/**
 * A page's frame: shown while its chunk loads, and when it fails. A chunk that can't be loaded usually belongs to an
 * older release, and only a reload fetches the new one.
 */
export function PageFrame(props: Readonly<{ children: JSX.Element }>): JSX.Element {
  return (
    <ErrorBoundary
      fallback={
        <div role="alert" class="mx-auto max-w-md pt-12">
          <h1 class="font-semibold text-title">This page stopped working</h1>
          <p class="mt-1 mb-4 text-quiet">ChurchHub may have been updated. None of your work is lost.</p>
          <div class="flex gap-3">
            <Button look="primary" onClick={() => window.location.reload()}>
              Reload
            </Button>
            {/* A plain link, because the router itself may have failed. */}
            <a href="/" rel="external" class={buttonLook()}>
              Go to the dashboard
            </a>
          </div>
        </div>
      }
    >
      <Suspense
        fallback={
          <div class="mx-auto max-w-3xl p-4">
            <Skeleton lines={4} label="Loading the page" />
          </div>
        }
      >
        {props.children}
      </Suspense>
    </ErrorBoundary>
  )
}
