import type { IBinaryData } from 'n8n-workflow';

import type { Inspection, Medium } from '../files/inspect';
import { inspect } from '../files/inspect';
import type { Role } from '../media/rules';
import type { Run } from '../execution/run';
import type { MediaLimits } from '../contract/limits';
import type { Mode } from '../contract/modes';
import type { Parsed } from '../validation/parse';
import type { VideoRequest } from '../contract/requests';
import type { Files } from './inputFiles';

interface Given {
	files: Files;
	request: Parsed<VideoRequest>;
	/** Set to inspect media at URLs too; files are always inspected. */
	checkMedia: boolean;
	mediaLimits: MediaLimits;
	publicOnly: boolean;
}

const IMAGES: Record<Mode, { role: Role; urlField: string; name: (index: number) => string }> = {
	textToVideo: { role: 'firstFrame', urlField: 'imageUrl', name: () => 'Image' },
	imageToVideo: { role: 'firstFrame', urlField: 'imageUrl', name: () => 'First Frame' },
	referenceToVideo: {
		role: 'referenceImage',
		urlField: 'imageUrls',
		name: (index) => `Reference Image ${index + 1}`,
	},
	editVideo: {
		role: 'editImage',
		urlField: 'imageUrls',
		name: (index) => `Reference Image ${index + 1}`,
	},
};

/**
 * Inspects the media that a video is made from.
 *
 * @returns complaints, and hints for media that can't be inspected; it does not throw
 */
export async function lookAtMedia(
	run: Run,
	mode: Mode,
	{ files, request, checkMedia, mediaLimits, publicOnly }: Given,
): Promise<Inspection> {
	// as they will be sent
	const urls = (list: unknown) => (checkMedia && Array.isArray(list) ? list.map(String) : []);
	const input = 'value' in request ? request.value.body.input : {};
	const { role, urlField, name } = IMAGES[mode];
	const images = listMedia(files.images ?? urls(input.image_urls), {
		role,
		field: files.images ? 'imageBinaryProperty' : urlField,
		name,
	});
	const videos = listMedia(files.videos ?? urls(input.video_urls), {
		role: 'video',
		field: files.videos ? 'videoBinaryProperty' : 'videoUrl',
		name: () => 'Video',
	});
	return await inspect(run, [...images, ...videos], { publicOnly, mediaLimits });
}

const listMedia = (
	sources: Array<IBinaryData | string>,
	{ role, field, name }: { role: Role; field: string; name: (index: number) => string },
): Medium[] => sources.map((source, index) => ({ role, field, source, name: name(index) }));
